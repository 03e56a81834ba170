/** How large everything but the main run is. */
export interface Sizes {
  /** How long jobs are added to a participant of the peers' comparison, in each of four measurements. */
  peerSeconds: number;
  peerWarmup: number;
  /** Length of one point of the growth table, and of a rate in the scale scenarios. */
  growthSeconds: number;
  growthNodes: number[];
  /** With the nodes of the main run connected. */
  growthWaiting: number[];
  backlogTasks: number;
  /** The short queue that the long one is compared with. */
  backlogShort: number;
  historyTasks: number;
  historyLookups: number;
  idleNodes: number;
  idleSeconds: number;
  floodTasks: number;
  /** Of each priority. */
  priorityTasks: number;
}

/** The sizes that the targets name. */
export const SIZES: Sizes = {
  peerSeconds: 3,
  peerWarmup: 2_000,
  growthSeconds: 10,
  growthNodes: [1, 10, 100, 500, 2_000],
  growthWaiting: [10_000, 1_000_000],
  backlogTasks: 1_000_000,
  backlogShort: 10_000,
  historyTasks: 10_000_000,
  historyLookups: 5_000,
  idleNodes: 5_000,
  idleSeconds: 30,
  floodTasks: 100_000,
  priorityTasks: 10_000,
};

/** Enough to see every part work, within a minute. */
export const QUICK_SIZES: Sizes = {
  peerSeconds: 0.2,
  peerWarmup: 50,
  growthSeconds: 0.3,
  growthNodes: [1, 20],
  growthWaiting: [500],
  backlogTasks: 3_000,
  backlogShort: 500,
  historyTasks: 5_000,
  historyLookups: 100,
  idleNodes: 60,
  idleSeconds: 0.5,
  floodTasks: 2_000,
  priorityTasks: 400,
};
