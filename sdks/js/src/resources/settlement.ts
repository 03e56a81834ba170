import type {
  AccountEvent,
  AccountLink,
  AccountLinkRequest,
  Claim,
  ClaimQuery,
  SettlementAccount,
  SettlementBatch,
  SettlementLeaf,
  SettlementLeavesQuery,
  SettlementQuery,
  SettlementStatus,
  SettlementToken,
} from '@deai/protocol';
import { newIdempotencyKey } from '../idempotency.ts';
import { createListing, type Listing } from '../listing.ts';
import type { CallOptions } from '../options.ts';
import type { Transport } from '../transport.ts';
import type { SubmitOptions } from './tasks.types.ts';

/** What the network put on chain. `SETTLEMENT_OFF` where it settles nothing, `CHAIN_UNAVAILABLE` while it cannot read its contract. */
export interface SettlementApi {
  /** Chain and contract, and how far settlement has come. */
  status(options?: CallOptions): Promise<SettlementStatus>;
  /** The token on chain: its supply, and where all of it is, at one final block a few seconds ago at most. */
  token(options?: CallOptions): Promise<SettlementToken>;
  /** Batches, newest first. */
  batches(query?: SettlementQuery, options?: CallOptions): Listing<SettlementBatch>;
  batch(number: number, options?: CallOptions): Promise<SettlementBatch>;
  /** Leaves of one of the batch's trees (receipts), in their order there. */
  leaves(number: number, query?: SettlementLeavesQuery, options?: CallOptions): Listing<SettlementLeaf>;
  /** Totals of a NEAR account, with the proofs that the contract wants for a claim and a withdrawal. */
  account(accountId: string, options?: CallOptions): Promise<SettlementAccount>;
  /** What was seen to happen to a NEAR account: stakes as they changed, claims of the network for it. Newest first. */
  history(accountId: string, query?: ClaimQuery, options?: CallOptions): Listing<AccountEvent>;
  /**
   * Has final rewards claimed on chain, for the linked account or that of a node of the caller; the account is paid. Answers as soon as it is
   * noted: `getClaim` tells how it goes. @throws DeaiApiError `NO_NEAR_ACCOUNT`, `NOTHING_TO_CLAIM`, `RATE_LIMITED`
   */
  claim(request?: { accountId?: string }, options?: SubmitOptions): Promise<Claim>;
  getClaim(id: string, options?: CallOptions): Promise<Claim>;
  /** The caller's claims, newest first. */
  claims(query?: ClaimQuery, options?: CallOptions): Listing<Claim>;
  /** The account that the caller linked. */
  linkedAccount(options?: CallOptions): Promise<string | null>;
  /** Links one: its deposits can be spent, and rewards of the caller's nodes go to it from then on. */
  linkAccount(link: AccountLinkRequest, options?: CallOptions): Promise<AccountLink>;
}

export function createSettlementApi({ call }: Transport): SettlementApi {
  return {
    status: (options) => call('/settlement', options),
    token: (options) => call('/settlement/token', options),
    batches: (query = {}, options = {}) =>
      createListing(query, options, (query, options) => call('/settlement/batches', { ...options, query })),
    batch: (number, options) => call(`/settlement/batches/${number}`, options),
    leaves: (number, query = {}, options = {}) =>
      createListing(query, options, (query, options) => call(`/settlement/batches/${number}/leaves`, { ...options, query })),
    account: (accountId, options) => call(`/settlement/accounts/${encodeURIComponent(accountId)}`, options),
    history: (accountId, query = {}, options = {}) =>
      createListing(query, options, (query, options) =>
        call(`/settlement/accounts/${encodeURIComponent(accountId)}/history`, { ...options, query }),
      ),
    claim: (body = {}, { idempotencyKey = newIdempotencyKey(), ...options } = {}) =>
      call('/user/claims', { ...options, method: 'POST', body, headers: { 'idempotency-key': idempotencyKey } }),
    getClaim: (id, options) => call(`/user/claims/${encodeURIComponent(id)}`, options),
    claims: (query = {}, options = {}) => createListing(query, options, (query, options) => call('/user/claims', { ...options, query })),
    linkedAccount: async (options) => (await call<{ accountId: string | null }>('/user/near-account', options)).accountId,
    linkAccount: (body, options) => call('/user/near-account', { ...options, method: 'POST', body }),
  };
}
