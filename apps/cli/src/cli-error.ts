import { EXIT, type ExitCode } from './exit-codes.ts';

/** An error with its own words for the person at the terminal. */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(code: string, exitCode: ExitCode, message: string, hint?: string) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** Wrong arguments. */
export function usageError(message: string, hint = 'See deai --help, or --help after any command.'): CliError {
  return new CliError('USAGE', EXIT.usage, message, hint);
}
