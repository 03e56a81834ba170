import type { Claim, ClaimQuery, PageOf } from '@deai/protocol';

/** A claim that the bridge makes for a user, as it is kept. Amounts in yocto. */
export interface StoredClaim {
  id: string;
  userId: string;
  accountId: string;
  expectedYocto: bigint;
  state: Claim['state'];
  /** Of the last transaction, also of one that had no effect. */
  hash: string | undefined;
  /** As it was signed last, if it is signed now. */
  signed: { hash: string; bytes: string; nonce: bigint } | undefined;
  attempts: number;
  notBeforeMs: number;
  paidYocto: bigint | undefined;
  problem: string | undefined;
  requestedAtMs: number;
  endedAtMs: number | undefined;
}

/** Claims, durable. Every write is conditional on the state. */
export interface ClaimStore {
  byKey(userId: string, idempotencyKey: string): Promise<StoredClaim | undefined>;
  /** The last one of an account, whoever asked for it. */
  latest(accountId: string): Promise<StoredClaim | undefined>;
  get(userId: string, id: string): Promise<StoredClaim | undefined>;
  /** `undefined`, and no change, when the account has an open one, or the user used the key before. */
  add(claim: {
    userId: string;
    accountId: string;
    idempotencyKey: string | undefined;
    expectedYocto: bigint;
  }): Promise<StoredClaim | undefined>;
  /** Newest first. @throws DeaiError `INVALID_CURSOR` */
  page(userId: string, query: ClaimQuery): Promise<PageOf<StoredClaim>>;
  /** One that is under way, else the oldest that may be tried now. */
  next(nowMs: number): Promise<StoredClaim | undefined>;
  /** False when another instance signed it meanwhile. */
  sign(id: string, signed: { hash: string; bytes: string; nonce: bigint }): Promise<boolean>;
  /** Its transaction had no effect: to be signed anew, not before `retryAtMs`. */
  release(id: string, hash: string, problem: string, retryAtMs: number): Promise<void>;
  /** It could not be signed yet; counts as an attempt. */
  postpone(id: string, problem: string, retryAtMs: number): Promise<void>;
  fail(id: string, problem: string): Promise<void>;
  /** It was paid; the account's history says so. */
  pay(id: string, paidYocto: bigint): Promise<void>;
}

/** A claim as the API shows it. */
export function claimJson(claim: StoredClaim): Claim {
  return {
    id: claim.id,
    accountId: claim.accountId,
    state: claim.state,
    expectedYocto: claim.expectedYocto.toString(),
    paidYocto: claim.paidYocto?.toString() ?? null,
    transaction: claim.hash ?? null,
    problem: claim.problem ?? null,
    requestedAt: new Date(claim.requestedAtMs).toISOString(),
    endedAt: claim.endedAtMs === undefined ? null : new Date(claim.endedAtMs).toISOString(),
  };
}
