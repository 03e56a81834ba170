/** What is wrong with a chain's data folder. */
export type StoreErrorCode = 'LOCKED' | 'CORRUPT' | 'UNKNOWN_FORMAT' | 'FAILED';

/** A data folder that cannot be used, or no longer. The message says which file and what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** @param code - `LOCKED` another process has it, `CORRUPT` a file is damaged, `UNKNOWN_FORMAT` other version, `FAILED` a write failed */
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** A damaged file, at a byte. */
export function corrupt(path: string, offset: number, what: string): StoreError {
  return new StoreError(
    'CORRUPT',
    `${path} is damaged at byte ${offset}: ${what}. The chain was not started, so that nothing is lost silently. ` +
      'Restore the folder from a copy, or start a new chain with another data folder.',
  );
}
