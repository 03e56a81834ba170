import type { ChainSumNode } from '@deai/near';
import type { SumNode } from '@deai/protocol';
import { hex } from '@scure/base';
import type { BatchRoots } from './ports.ts';

/** A root as the contract takes it. */
export const sumNodeJson = ({ hash, sums }: SumNode): ChainSumNode => ({ hash: hex.encode(hash), sums: sums.map(String) });

/** A batch's roots as the contract takes them. */
export function rootsJson({ receipts, rewards, charges }: BatchRoots): Record<keyof BatchRoots, ChainSumNode> {
  return { receipts: sumNodeJson(receipts), rewards: sumNodeJson(rewards), charges: sumNodeJson(charges) };
}

/** Whether the contract holds these roots. */
export function sameRoots(roots: BatchRoots, held: Record<keyof BatchRoots, ChainSumNode>): boolean {
  const ours = rootsJson(roots);
  return (['receipts', 'rewards', 'charges'] as const).every((tree) => {
    const { hash, sums } = ours[tree];
    return hash === held[tree].hash && sums.join() === held[tree].sums.join();
  });
}
