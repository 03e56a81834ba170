import { ChainBatch, ChainChanges, ChainConfig, ChainStats, type NearChain } from '@deai/near';
import Type from 'typebox';

/** The contract as the bridge reads it, at the last final block. Rejects with NearError. */
export interface Contract {
  readonly id: string;
  config(): Promise<ChainConfig>;
  stats(): Promise<ChainStats>;
  /** Null for a number that was not posted, or was pruned. */
  batch(number: number): Promise<ChainBatch | null>;
  changes(after: number, limit: number): Promise<ChainChanges>;
}

const MaybeBatch = Type.Union([ChainBatch, Type.Null()]);

export function createContract(chain: Pick<NearChain, 'view'>, id: string): Contract {
  return {
    id,
    config: () => chain.view({ contract: id, method: 'get_config', args: {}, schema: ChainConfig }),
    stats: () => chain.view({ contract: id, method: 'stats', args: {}, schema: ChainStats }),
    batch: (number) => chain.view({ contract: id, method: 'get_batch', args: { number }, schema: MaybeBatch }),
    changes: (after, limit) => chain.view({ contract: id, method: 'changes', args: { after, limit }, schema: ChainChanges }),
  };
}
