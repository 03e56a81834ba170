import type { NearErrorKind } from './near.types.ts';

/** NEAR gave no answer, or a bad one. Its message may be shown to everybody: no addresses, no credentials. */
export class NearError extends Error {
  readonly kind: NearErrorKind;

  constructor(kind: NearErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NearError';
    this.kind = kind;
  }
}
