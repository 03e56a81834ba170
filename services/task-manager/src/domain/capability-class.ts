import type { TaskRequirements } from '@deai/protocol';
import { createFairQueue, type FairQueue } from './fair-queue.ts';
import type { PoolNode } from './node-pool.ts';
import { createRandomSet, type RandomSet } from './random-set.ts';

/** All that concerns tasks of equal requirements: their queue, the nodes that can run them, and how long they take. */
export interface CapabilityClass {
  readonly key: string;
  readonly needs: TaskRequirements;
  readonly queue: FairQueue;
  /** Connected nodes that can run it, and of those the ones with credits left. */
  readonly nodes: Set<PoolNode>;
  readonly free: RandomSet<PoolNode>;
  /** Sum of the nodes' credits for it, of those that accept work. */
  credits: number;
  /** Moving average over all nodes; 0 before the first completion. */
  runMs: number;
  running: number;
}

export function createCapabilityClass(key: string, needs: TaskRequirements): CapabilityClass {
  return { key, needs, queue: createFairQueue(), nodes: new Set(), free: createRandomSet(), credits: 0, runMs: 0, running: 0 };
}
