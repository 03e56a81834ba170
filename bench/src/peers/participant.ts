/** A job queue as the comparison sees it. Every participant does the same jobs, and all of them durably within its own promise. */
export interface Participant {
  /** Adds one job; resolves when the queue has confirmed it. */
  add(): Promise<void>;
  /** Adds so many in one call; not every queue has such a call. */
  addBulk?(count: number): Promise<void>;
  /** Begins to process; `done` is told of jobs as they are finished. */
  start(done: (count: number) => void): Promise<void>;
  /** Processes no more. */
  stop(): Promise<void>;
  /** Jobs that the queue itself does not count as finished yet. */
  remaining(): Promise<number>;
  close(): Promise<void>;
}

/** What every job carries. */
export const PAYLOAD = { texts: ['The quick brown fox jumps over the lazy dog near the river bank.'] };
