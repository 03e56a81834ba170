import { hex } from '@scure/base';
import type { ChainSumNode, FunctionCall } from '@deai/near';
import type { SumNode } from '@deai/protocol';
import type { BatchRoots } from './ports.ts';

const TGAS = 10n ** 12n;
/** Several times what the calls burn with a full contract: what is not burnt is given back. */
const GAS = { post: 60n * TGAS, finalize: 60n * TGAS, prune: 250n * TGAS };
const PRUNED_AT_ONCE = 100;

/** A root as the contract takes it. */
export const sumNodeJson = ({ hash, sums }: SumNode): ChainSumNode => ({ hash: hex.encode(hash), sums: sums.map(String) });

export function postBatch(number: number, { receipts, rewards, charges }: BatchRoots): FunctionCall {
  const args = { number, receipts: sumNodeJson(receipts), rewards: sumNodeJson(rewards), charges: sumNodeJson(charges) };
  return { method: 'post_batch', args, gas: GAS.post };
}

export function finalizeBatch(number: number): FunctionCall {
  return { method: 'finalize_batch', args: { number }, gas: GAS.finalize };
}

export function pruneBatches(): FunctionCall {
  return { method: 'prune_batches', args: { limit: PRUNED_AT_ONCE }, gas: GAS.prune };
}

/** Whether the contract holds these roots. */
export function sameRoots(roots: BatchRoots, held: Record<keyof BatchRoots, ChainSumNode>): boolean {
  return (['receipts', 'rewards', 'charges'] as const).every((tree) => {
    const { hash, sums } = sumNodeJson(roots[tree]);
    return hash === held[tree].hash && sums.join() === held[tree].sums.join();
  });
}
