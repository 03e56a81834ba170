import { nowMs } from '../measure/clock.ts';
import { mapLimited, type NodeIdentity } from '../network/accounts.ts';
import { serveCalls } from '../process/calls.ts';
import { connectNode, type NodeBehaviour, type SimulatedNode } from './simulated-node.ts';
import type { NodeObserver } from './worker.ts';

/** What all nodes of the process saw so far. */
export interface NodeTotals {
  assigned: number;
  /** Results the server committed. */
  accepted: number;
  refused: Record<string, number>;
  /** Sessions that ended by themselves, by the reason given. */
  lost: Record<string, number>;
  /** When the last result was committed, on the machine's clock. */
  lastAcceptedMs: number;
  cpuUs: number;
}

const CONNECTING_AT_ONCE = 32;

const totals = { assigned: 0, accepted: 0, lastAcceptedMs: 0, refused: {} as Record<string, number>, lost: {} as Record<string, number> };
/** When each task arrived at its node, while that is asked for. */
let arrivals: Map<string, number> | undefined;
let ends: Map<string, number> | undefined;
const taskOfLease = new Map<string, string>();
const awaited = new Map<string, (atMs: number) => void>();
/** In the order in which they were asked to connect. */
const connected: SimulatedNode[] = [];

const observer: NodeObserver = {
  assigned(tasks, atMs) {
    totals.assigned += tasks.length;
    if (!arrivals) return;
    for (const { taskId, leaseId } of tasks) {
      arrivals.set(taskId, atMs);
      taskOfLease.set(leaseId, taskId);
      awaited.get(taskId)?.(atMs);
      awaited.delete(taskId);
    }
  },
  answered(ack, atMs) {
    if (ack.accepted) {
      totals.accepted++;
      totals.lastAcceptedMs = atMs;
      const taskId = ends && taskOfLease.get(ack.leaseId);
      if (taskId !== undefined) ends?.set(taskId, atMs);
    } else count(totals.refused, ack.code ?? 'UNKNOWN');
  },
  lost: (why) => count(totals.lost, why),
};

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

const handlers = {
  /** Opens the sessions, some at a time; how long each took, in milliseconds. */
  async connect({ nodes, behaviour }: { nodes: NodeIdentity[]; behaviour: NodeBehaviour }): Promise<number[]> {
    const opened = await mapLimited(nodes, CONNECTING_AT_ONCE, (node) => connectNode(node, behaviour, observer));
    connected.push(...opened);
    return opened.map(({ connectMs }) => connectMs);
  },
  /** Ends so many sessions, those opened last. */
  async disconnect(count: number): Promise<void> {
    await Promise.all(connected.splice(connected.length - count).map((node) => node.close()));
  },
  /** No node wants new work from now on, or all want it again. The moment, on the machine's clock. */
  hold(on: boolean): number {
    const atMs = nowMs();
    for (const node of connected) node.hold(on);
    return atMs;
  },
  /** What a task takes from now on: one time for all nodes, or one for each in turn. */
  work(serviceMs: number[]): void {
    connected.forEach(({ worker }, i) => {
      worker.serviceMs = serviceMs[i % serviceMs.length] as number;
    });
  },
  /** Results committed of each connected node. */
  completedByNode: (_: null): number[] => connected.map(({ worker }) => worker.completed),
  totals: (_: null): NodeTotals => {
    const { user, system } = process.cpuUsage();
    return { ...totals, cpuUs: user + system };
  },
  /** Starts to note when tasks arrive and when their results are committed. */
  watch: (_: null): void => {
    arrivals = new Map();
    ends = new Map();
  },
  /** When a task that is watched for arrives, on the machine's clock. */
  arrivalOf: (taskId: string): Promise<number> =>
    new Promise((resolve) => {
      const atMs = arrivals?.get(taskId);
      if (atMs === undefined) awaited.set(taskId, resolve);
      else resolve(atMs);
    }),
  /** What was noted since, by task id in the order of the events; stops noting. */
  watched: (_: null): { arrivals: Map<string, number>; ends: Map<string, number> } => {
    const seen = { arrivals: arrivals ?? new Map(), ends: ends ?? new Map() };
    arrivals = undefined;
    ends = undefined;
    taskOfLease.clear();
    return seen;
  },
};
export type NodesHelper = typeof handlers;

serveCalls(handlers);
