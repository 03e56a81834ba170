import type { JournalReason, PageOf, Task, TaskEvent, TaskPriority, TaskQuery, TaskRequest, TaskState } from '@deai/protocol';
import type { Completion, Failure, Lease, LiveTask, NewTask } from './task.ts';

/** One submission: its tasks are stored together or not at all. */
export interface Submission {
  requesterId: string;
  tasks: NewTask[];
  idempotency?: { key: string; requestHash: string };
}

export type SubmissionOutcome =
  | { status: 'stored' }
  | { status: 'repeated'; taskIds: string[] }
  | { status: 'refused'; code: 'INSUFFICIENT_FUNDS' | 'IDEMPOTENCY_KEY_REUSED' | 'NO_ACCOUNT' };

/** The end of a task that did not complete. `lease` is null when none was held. */
export interface Ending {
  taskId: string;
  lease: Lease | null;
  failure: Failure;
  units: number;
  rewardYocto: bigint;
  feeYocto: bigint;
  endedAtMs: number;
}

/** An attempt that goes back to the queue. */
export interface Requeue {
  lease: Lease;
  failure: Failure;
  lost: number;
  endedAtMs: number;
}

export interface LeaseRow {
  taskId: string;
  state: TaskState;
  leaseId: string | null;
  nodeId: string | null;
}

export interface FlowKey {
  classKey: string;
  requesterId: string;
  priority: TaskPriority;
}

/** The facts of one task that answers are made from. */
export interface TaskDetail {
  task: Task;
  outputRef: string | null;
}

/** What a task asked for, as far as rows keep it: neither its highest price nor what its verification was to be. */
export interface StoredRequest {
  requesterId: string;
  state: TaskState;
  request: Omit<TaskRequest, 'input'>;
  /** Canonical JSON; null when it is in the object store under `inputRef`. */
  input: string | null;
  inputRef: string | null;
}

/**
 * Durable tasks. Every write is conditional on the state, and on a node's behalf on its lease; it answers which rows it
 * changed, and what it did not change had moved on. What it does on its own behalf is conditional also on this instance's holding the
 * lease (`TaskClaims`); only a completion, which the node earned, is not. Money moves in the same transaction through the ledger's functions.
 */
export interface TaskStore {
  /** Stores submissions in one commit, each with its holds. Outcomes in order. */
  submit(submissions: Submission[]): Promise<SubmissionOutcome[]>;
  /** `pending → assigned` for each lease. Returns the leases written. */
  assign(leases: Lease[]): Promise<Set<string>>;
  /** `assigned → in_progress`. */
  start(leases: Lease[]): Promise<void>;
  /** `assigned|in_progress → completed`, with reward, fee and refund. Returns the leases written. */
  complete(completions: Completion[]): Promise<Set<string>>;
  /** `assigned|in_progress → failed → pending`, with the attempt recorded. Returns the leases written. */
  requeue(requeues: Requeue[]): Promise<Set<string>>;
  /** Ends leased tasks as failed, or cancelled tasks in whatever open state; refunds what is not charged. Returns the task ids written. */
  end(state: 'failed' | 'cancelled', endings: Ending[], reason: JournalReason): Promise<Set<string>>;

  leaseOf(taskId: string): Promise<LeaseRow | undefined>;
  waitingFlows(): Promise<{ flow: FlowKey; needs: LiveTask['needs'] }[]>;
  /** Waiting tasks of a flow with ids after `after` that none of the instances `notOf` looks after, oldest first. */
  waitingOf(flow: FlowKey, after: string, limit: number, notOf: string[]): Promise<LiveTask[]>;

  detail(taskId: string): Promise<TaskDetail | undefined>;
  details(taskIds: string[]): Promise<TaskDetail[]>;
  requestOf(taskId: string): Promise<StoredRequest | undefined>;
  needsOf(taskId: string): Promise<LiveTask['needs'] | undefined>;
  list(requesterId: string, query: TaskQuery): Promise<PageOf<Task>>;
  events(taskId: string): Promise<TaskEvent[]>;
  outputOf(taskId: string): Promise<{ output: string | null; outputRef: string | null } | undefined>;
  countWaiting(): Promise<{ kind: string; pending: number }[]>;
  heldTotal(): Promise<{ heldYocto: string; tasks: number }>;
  nodeTally(nodeId: string): Promise<{ completed: number; failed: number; rewardYocto: string }>;
  /** Makes the partitions that are missing up to `untilMs`, at most 64 ahead; returns the names of new ones. */
  makePartitions(fromMs: number, untilMs: number): Promise<string[]>;
  /** Looks which partitions there are: other instances make and archive some too. Returns how many. */
  refreshPartitions(): Promise<number>;
  /** Adds up the tallies of each node, and forgets idempotency keys older than `keysBeforeMs`. */
  compact(keysBeforeMs: number): Promise<void>;
  totals(): Promise<{ completed: number; failed: number }>;
}

/** What one run of the archive did. */
export interface ArchiveReport {
  tasks: number;
  bytes: number;
  /** Partitions that are gone. */
  partitions: string[];
  /** Old partitions that stay because tasks in them are open. */
  open: string[];
}

/** Moves old tasks out of the tables into the object store, and forgets them in the end. Only one instance works at a time. */
export interface TaskArchive {
  /**
   * Archives what was created before `beforeMs` and has ended, for some seconds at most; what is left comes in the next run. A crash at
   * any point loses and doubles nothing. Null when another instance is at it.
   */
  archive(beforeMs: number): Promise<ArchiveReport | null>;
  /** Forgets archived tasks of before `beforeMs`, chunk by chunk. Returns how many chunks. Null when another instance is at it. */
  remove(beforeMs: number): Promise<number | null>;
  /** Ends a run under way at its next step. */
  stop(): void;
}
