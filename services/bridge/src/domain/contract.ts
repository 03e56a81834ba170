import { type ChainBatch, type ChainChanges, type ChainConfig, changes, getBatch, getConfig, type NearChain } from '@deai/near';

/** The contract as the bridge reads it, at the last final block. Rejects with NearError. */
export interface Contract {
  readonly id: string;
  config(): Promise<ChainConfig>;
  /** Null for a number that was not posted, or was pruned. */
  batch(number: number): Promise<ChainBatch | null>;
  changes(after: number): Promise<ChainChanges>;
}

export function createContract(chain: NearChain, id: string): Contract {
  return {
    id,
    config: () => getConfig(chain, id),
    batch: (number) => getBatch(chain, id, number),
    changes: (after) => changes(chain, id, after),
  };
}
