import type { NetworkStats, NodeStats, QueueCount, TaskStats } from '@deai/protocol';
import { createLastKnown, type LastKnown } from './last-known.ts';

/** The network's statistics as they were last known. */
export interface NetworkWatch {
  /** Asks both services at once. Never rejects. */
  refresh(): Promise<void>;
  /** `at` is when all of it was last true, so its age tells how stale the numbers are. */
  readonly stats: NetworkStats;
  /** What waits and runs by kind; empty until it was told. */
  readonly queues: QueueCount[];
  /** Whether each of the numbers was once told by the service that knows it. */
  readonly known: boolean;
  /** Whether that was since the start, and is not from the last sample before it. */
  readonly told: boolean;
  /** What is missing and since when, in words; empty when nothing is. */
  readonly problems: string[];
}

export interface NetworkWatchOptions {
  tasks(): Promise<TaskStats>;
  nodes(): Promise<NodeStats>;
  /** What to tell until the services have answered: the last sample before a restart. */
  before: NetworkStats | undefined;
  now?: () => number;
}

export function createNetworkWatch({ tasks: askTasks, nodes: askNodes, before, now = Date.now }: NetworkWatchOptions): NetworkWatch {
  const startedMs = now();
  const beforeMs = before ? Date.parse(before.at) : startedMs;
  const tasks = createLastKnown(askTasks, now);
  const nodes = createLastKnown(askNodes, now);

  function describe(name: string, source: LastKnown<unknown>): string[] {
    if (source.problem === undefined) return [];
    const since = source.atMs === undefined ? 'has not answered yet' : `last answered ${Math.round((now() - source.atMs) / 1000)} s ago`;
    return [`${name} ${since}: ${source.problem}`];
  }
  return {
    async refresh() {
      await Promise.all([tasks.refresh(), nodes.refresh()]);
    },
    get stats() {
      return {
        at: new Date(Math.min(tasks.atMs ?? beforeMs, nodes.atMs ?? beforeMs)).toISOString(),
        activeNodes: nodes.value?.online ?? before?.activeNodes ?? 0,
        registeredNodes: nodes.value?.registered ?? before?.registeredNodes ?? 0,
        pendingTasks: tasks.value?.pending ?? before?.pendingTasks ?? 0,
        runningTasks: tasks.value?.running ?? before?.runningTasks ?? 0,
        completedTasks: tasks.value?.completed ?? before?.completedTasks ?? 0,
        failedTasks: tasks.value?.failed ?? before?.failedTasks ?? 0,
        throughput: tasks.value?.throughput ?? before?.throughput ?? 0,
        queueMsP50: tasks.value?.queueMsP50 ?? before?.queueMsP50 ?? 0,
        queueMsP95: tasks.value?.queueMsP95 ?? before?.queueMsP95 ?? 0,
        uptimeS: (now() - startedMs) / 1000,
      };
    },
    get queues() {
      return tasks.value?.byKind ?? [];
    },
    get known() {
      return before !== undefined || (tasks.value !== undefined && nodes.value !== undefined);
    },
    get told() {
      return tasks.value !== undefined && nodes.value !== undefined;
    },
    get problems() {
      return [...describe('task-manager', tasks), ...describe('node-manager', nodes)];
    },
  };
}
