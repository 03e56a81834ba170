import type { KindInfo, LedgerAudit, NetworkHealth, NetworkKeys, NetworkStats, TaskStats, TokenPrice } from '@deai/protocol';
import type { CallOptions } from '../options.ts';
import type { Transport } from '../transport.ts';

/** The network as a whole. */
export interface NetworkApi {
  stats(options?: CallOptions): Promise<NetworkStats>;
  /** Tasks waiting, running and completed, by kind. */
  queues(options?: CallOptions): Promise<TaskStats['byKind']>;
  health(options?: CallOptions): Promise<NetworkHealth>;
  /** Task kinds with their models, prices and schemas. */
  kinds(options?: CallOptions): Promise<KindInfo[]>;
  /** Samples of the last `minutes` (60), oldest first: every five seconds for the last quarter of an hour, one a minute before that. */
  history(query?: { minutes?: number }, options?: CallOptions): Promise<NetworkStats[]>;
  /** The token's price in US dollars, with its age and its sources; `usd` is null when there is none. */
  price(options?: CallOptions): Promise<TokenPrice>;
  /** The books of the whole network, checked. */
  ledger(options?: CallOptions): Promise<LedgerAudit>;
  /** The network's id and the keys by which it signs work receipts: what `verifyReceipt` takes as `network`. */
  keys(options?: CallOptions): Promise<NetworkKeys>;
}

export function createNetworkApi({ call }: Transport): NetworkApi {
  return {
    stats: (options) => call('/network/stats', options),
    queues: async (options) => (await call<{ items: TaskStats['byKind'] }>('/network/queues', options)).items,
    health: (options) => call('/network/health', options),
    kinds: async (options) => (await call<{ items: KindInfo[] }>('/network/kinds', options)).items,
    history: async (query, options) => (await call<{ samples: NetworkStats[] }>('/network/history', { ...options, query })).samples,
    price: (options) => call('/network/price', options),
    ledger: (options) => call('/network/ledger', options),
    keys: (options) => call('/network/keys', options),
  };
}
