import type { ApiKey, ApiKeyCreated, ApiKeyRequest, Billing, BillingQuery, LedgerLine, Profile, ProfileUpdate } from '@deai/protocol';
import { createListing, type Listing } from '../listing.ts';
import type { CallOptions } from '../options.ts';
import type { Transport } from '../transport.ts';

/** API keys of the account. */
export interface ApiKeysApi {
  list(options?: CallOptions): Promise<ApiKey[]>;
  /** The answer holds the key itself, which is shown this once. */
  create(request: ApiKeyRequest, options?: CallOptions): Promise<ApiKeyCreated>;
  revoke(id: string, options?: CallOptions): Promise<ApiKey>;
}

/** The account of the caller. */
export interface UserApi {
  profile(options?: CallOptions): Promise<Profile>;
  updateProfile(update: ProfileUpdate, options?: CallOptions): Promise<Profile>;
  /** Balances, with one page of ledger lines. */
  billing(query?: BillingQuery, options?: CallOptions): Promise<Billing>;
  /** All ledger lines. */
  ledgerLines(query?: BillingQuery, options?: CallOptions): Listing<LedgerLine>;
  readonly apiKeys: ApiKeysApi;
}

export function createUserApi({ call }: Transport): UserApi {
  const billing = (query: BillingQuery = {}, options: CallOptions = {}) => call<Billing>('/user/billing', { ...options, query });
  return {
    profile: (options) => call('/user/profile', options),
    updateProfile: (body, options) => call('/user/profile', { ...options, method: 'PATCH', body }),
    billing,
    ledgerLines: (query = {}, options = {}) =>
      createListing(query, options, async (query, options) => (await billing(query, options)).lines),
    apiKeys: {
      list: async (options) => (await call<{ items: ApiKey[] }>('/user/api-keys', options)).items,
      // A repeat after a lost answer would leave a key behind that nobody has.
      create: (body, options) => call('/user/api-keys', { ...options, method: 'POST', body, retry: 'refused' }),
      revoke: (id, options) => call(`/user/api-keys/${encodeURIComponent(id)}`, { ...options, method: 'DELETE' }),
    },
  };
}
