import type { BatchState } from '@deai/protocol';
import { hex } from '@scure/base';
import type { BatchRoots, StoredBatch } from '../domain/ports.ts';

/** A row of `bridge.batch`. */
export interface BatchRow {
  number: number;
  previous: number;
  state: BatchState;
  through: string;
  receipts: number;
  reward: string;
  fee: string;
  receipts_hash: string;
  rewards_hash: string;
  rewards_sum: string;
  charges_hash: string;
  charges_sum: string;
  object_key: string;
  built_at: Date;
  posted_at: Date | null;
  final_from: Date | null;
  final_at: Date | null;
}

export function batchOf(row: BatchRow): StoredBatch {
  return {
    number: row.number,
    previous: row.previous,
    state: row.state,
    through: row.through,
    receipts: row.receipts,
    rewardYocto: BigInt(row.reward),
    feeYocto: BigInt(row.fee),
    roots: rootsOf(row),
    objectKey: row.object_key,
    builtAtMs: row.built_at.getTime(),
    postedAtMs: row.posted_at?.getTime(),
    finalFromMs: row.final_from?.getTime(),
    finalAtMs: row.final_at?.getTime(),
  };
}

function rootsOf(row: BatchRow): BatchRoots {
  return {
    receipts: { hash: hex.decode(row.receipts_hash), sums: [BigInt(row.reward), BigInt(row.fee)] },
    rewards: { hash: hex.decode(row.rewards_hash), sums: [BigInt(row.rewards_sum)] },
    charges: { hash: hex.decode(row.charges_hash), sums: [BigInt(row.charges_sum)] },
  };
}
