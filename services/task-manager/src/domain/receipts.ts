import type { CompletionCommit } from '@deai/protocol';

/** What the store keeps of a completed task for its work receipt, exactly as the node signed it. */
export interface ReceiptFacts {
  taskId: string;
  leaseId: string;
  requesterId: string;
  operatorId: string;
  nodeId: string;
  kind: string;
  model: string;
  inputHash: string;
  outputHash: string;
  units: number;
  /** Base-10 text, as receipts have it: they pass through here by the thousand. */
  rewardYocto: string;
  feeYocto: string;
  startedAtMs: number;
  runMs: number;
  path: string[];
  signature: string;
}

/** What work receipts are made from, and in which order tasks completed. */
export interface ReceiptStore {
  /** Facts of those of the tasks that completed, archived or not, in the order of the ids. */
  facts(taskIds: readonly string[]): Promise<ReceiptFacts[]>;
  /** Commits after `after`, oldest first. A commit that is not shown yet has an id above all that were shown. */
  completedSince(after: string, limit: number): Promise<CompletionCommit[]>;
  /** Forgets commits up to `id`. From then on nothing else is forgotten. */
  settledThrough(id: string): Promise<void>;
  /** Forgets commits of before `beforeMs`, unless somebody settles. Returns how many. */
  forgetUnsettled(beforeMs: number): Promise<number>;
}
