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

/** The node answered an error. `code` is its cause in NEAR's words, such as `UNKNOWN_ACCOUNT`. */
export class NodeError extends NearError {
  readonly code: string;
  /** What the node says of it: not checked, not to be shown. */
  readonly details: { info?: unknown; data?: unknown };

  constructor(kind: NearErrorKind, code: string, details: NodeError['details']) {
    super(kind, `the NEAR node answered ${code}`);
    this.code = code;
    this.details = details;
  }
}

/** A transaction is in the chain and failed, or its contract refused. */
export class ContractError extends NearError {
  /** The contract's code, such as `ERR_STAKE`; `undefined` for what has none. */
  readonly code: string | undefined;
  /** The contract's or NEAR's own words. */
  readonly reason: string;
  /** Hash of the transaction. */
  readonly hash: string;

  constructor(what: string, reason: string, hash: string) {
    super('failed', `${what}: ${reason}`);
    this.name = 'ContractError';
    this.code = /^ERR_[A-Z0-9_]+/.exec(reason)?.[0];
    this.reason = reason;
    this.hash = hash;
  }
}
