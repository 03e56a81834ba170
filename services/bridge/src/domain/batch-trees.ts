import {
  type ChargeLeafJson,
  decodeReceipt,
  type RewardLeafJson,
  receiptToJson,
  type SettlementLeaf,
  type SettlementTree,
  type SumTree,
  sumLeaf,
  type WorkReceipt,
} from '@deai/protocol';
import { type BatchLeaves, decodeLeaves } from './batch-file.ts';
import { type ChargeEntry, chargesTree, type RewardEntry, receiptsTree, rewardsTree } from './build-batch.ts';
import { othersTurn } from './others-turn.ts';
import { sha256 } from './sha256.ts';

/** A batch's trees again, from its leaves. Each is made when it is first asked for. */
export interface BatchTrees {
  readonly leaves: BatchLeaves;
  receipt(position: number): WorkReceipt | undefined;
  receipts(): Promise<SumTree>;
  rewards(): Promise<SumTree>;
  charges(): Promise<SumTree>;
}

export function openTrees(bytes: Uint8Array): BatchTrees {
  const leaves = decodeLeaves(bytes);
  const receipt = (position: number): WorkReceipt | undefined => {
    const encoded = leaves.receipts[position];
    return encoded && decodeReceipt(encoded);
  };
  return {
    leaves,
    receipt,
    receipts: once(() =>
      receiptsTree(
        sha256,
        leaves.receipts.map((encoded) => {
          const { rewardYocto, feeYocto } = decodeReceipt(encoded);
          return { node: sumLeaf(sha256, encoded, [rewardYocto, feeYocto]) };
        }),
        othersTurn,
      ),
    ),
    rewards: once(() => rewardsTree(sha256, leaves.rewards, othersTurn)),
    charges: once(() => chargesTree(sha256, leaves.charges, othersTurn)),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Leaves of a tree as they are sent, from one place to another. */
export function leavesJson({ leaves }: BatchTrees, tree: SettlementTree, from: number, to: number): SettlementLeaf[] {
  if (tree === 'receipts') return leaves.receipts.slice(from, to).map((encoded) => receiptToJson(decodeReceipt(encoded)));
  return tree === 'rewards' ? leaves.rewards.slice(from, to).map(rewardJson) : leaves.charges.slice(from, to).map(chargeJson);
}

/** A leaf of the rewards tree in the contract's JSON. */
export function rewardJson({ account, cumulativeYocto, firstBatch }: RewardEntry): RewardLeafJson {
  return { account, cumulative: cumulativeYocto.toString(), first_batch: firstBatch };
}

/** A leaf of the charges tree, likewise. */
export function chargeJson({ account, cumulativeYocto }: ChargeEntry): ChargeLeafJson {
  return { account, cumulative: cumulativeYocto.toString() };
}
