/** The bytes are no contract that this chain runs; `message` says what is wrong and where. */
export class CompilationError extends Error {
  override name = 'CompilationError';
}
