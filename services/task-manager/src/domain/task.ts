import type { SignedResult, TaskKind, TaskPriority, TaskRequirements } from '@deai/protocol';

/** A task that waits or runs, as the engine holds it in memory. Times in ms since the epoch, money in yocto. */
export interface LiveTask {
  readonly id: string;
  readonly requesterId: string;
  readonly needs: TaskRequirements;
  /** {@link classOf} its requirements. */
  readonly classKey: string;
  readonly kind: TaskKind;
  readonly priority: TaskPriority;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly unitYocto: bigint;
  readonly feeBps: number;
  readonly unitsQuoted: number;
  readonly holdYocto: bigint;
  readonly createdAtMs: number;
  readonly inputBytes: number;
  /** The checked input; `undefined` when it is in the object store under `inputRef`. */
  readonly input: unknown;
  readonly inputRef: string | null;
  /** Attempts begun. */
  attempt: number;
  /** Attempts that ended through no fault of the task or its executor: they do not count towards `maxAttempts`. */
  lost: number;
  /** Nodes that failed this task: others are preferred. */
  avoid: string[];
}

/** One attempt on one node. */
export interface Lease {
  readonly leaseId: string;
  readonly task: LiveTask;
  readonly nodeId: string;
  readonly operatorId: string;
  readonly assignedAtMs: number;
  untilMs: number;
  startedAtMs: number | null;
  progress: number;
  /** The store holds it: before that, nothing may be said of it to the node, and nothing can end it there. */
  written: boolean;
  /** Resolves when the commit of its end is over; null while there is none. */
  settling: Promise<void> | null;
}

/** A task as it enters the store: with its canonical input text and, when a node was free, already leased. */
export interface NewTask {
  readonly task: LiveTask;
  readonly inputText: string | null;
  readonly inputHash: string;
  readonly labels: Record<string, string> | null;
  lease: Lease | null;
}

/** How an attempt ended well. */
export interface Completion {
  lease: Lease;
  /** As the node signed it, but for a start outside the lease. */
  result: SignedResult;
  /** The start that the node signed. */
  signedStartedAtMs: number;
  units: number;
  rewardYocto: bigint;
  feeYocto: bigint;
  output: string | null;
  outputRef: string | null;
  outputHash: string;
  endedAtMs: number;
}

/** Why an attempt, or the whole task, did not complete. */
export interface Failure {
  code: string;
  message: string;
}

/** Numbers that the database stores for priorities. */
export const PRIORITY_NUMBERS: Readonly<Record<TaskPriority, number>> = { low: 0, normal: 1, high: 2 };
const PRIORITY_NAMES: readonly TaskPriority[] = ['low', 'normal', 'high'];

export function priorityOf(number: number): TaskPriority {
  return PRIORITY_NAMES[number] ?? 'normal';
}
