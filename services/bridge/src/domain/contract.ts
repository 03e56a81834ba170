import { type ChainBatch, type ChainChanges, type ChainConfig, changes, claimedOf, getBatch, getConfig, type NearChain } from '@deai/near';

/** The contract as the bridge reads it, at the last final block. Rejects with NearError. */
export interface Contract {
  readonly id: string;
  config(): Promise<ChainConfig>;
  /** Null for a number that was not posted, or was pruned. */
  batch(number: number): Promise<ChainBatch | null>;
  changes(after: number): Promise<ChainChanges>;
  /** What an account has claimed so far, in yocto. */
  claimedOf(accountId: string): Promise<bigint>;
}

export function createContract(chain: NearChain, id: string): Contract {
  return {
    id,
    config: () => getConfig(chain, id),
    batch: (number) => getBatch(chain, id, number),
    claimedOf: (accountId) => claimedOf(chain, id, accountId),
    changes: (after) => changes(chain, id, after),
  };
}
