import { decodeReceipt, receiptToJson, type SettlementTrees, type SumTree, sumLeaf, type WorkReceipt } from '@deai/protocol';
import { type BatchLeaves, decodeLeaves } from './batch-file.ts';
import { chargesTree, receiptsTree, rewardsTree } from './build-batch.ts';
import { sha256 } from './sha256.ts';

/** A batch's trees again, from its leaves. Each is made when it is first asked for. */
export interface BatchTrees {
  readonly leaves: BatchLeaves;
  receipt(position: number): WorkReceipt | undefined;
  receipts(): SumTree;
  rewards(): SumTree;
  charges(): SumTree;
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
      ),
    ),
    rewards: once(() => rewardsTree(sha256, leaves.rewards)),
    charges: once(() => chargesTree(sha256, leaves.charges)),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** All leaves as they are sent. */
export function treesJson(number: number, { leaves }: BatchTrees): SettlementTrees {
  return {
    number,
    receipts: leaves.receipts.map((encoded) => receiptToJson(decodeReceipt(encoded))),
    rewards: leaves.rewards.map(({ account, cumulativeYocto, firstBatch }) => ({
      account,
      cumulative: cumulativeYocto.toString(),
      first_batch: firstBatch,
    })),
    charges: leaves.charges.map(({ account, cumulativeYocto }) => ({ account, cumulative: cumulativeYocto.toString() })),
  };
}
