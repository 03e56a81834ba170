import { TASK_PRIORITIES, type TaskPriority } from '@deai/protocol';
import type { BenchOptions } from '../options.ts';
import type { Cleanup } from '../process/cleanup.ts';
import { median } from '../report/medians.ts';
import { checkBooks } from '../run/checks.ts';
import { untilDrained } from '../run/drain.ts';
import { type Say, type Stage, setStage } from '../run/stage.ts';
import { fillQueue } from './fill.ts';

/** Who gets his turn when. */
export interface FairnessFigures {
  /** Another requester's tasks, one after the other, with and without somebody else's long queue. Medians, ms. */
  flood: {
    tasks: number;
    serviceMs: number;
    aloneMs: number;
    floodedMs: number;
    /** Tasks of the flood that were assigned between a submission and its assignment, and the same in turns of all nodes. */
    overtakenBy: number;
    rounds: number;
  };
  /** Share of the first tasks that were assigned, by priority, with all three waiting; the weights are 1, 4 and 16. */
  priorities: Record<TaskPriority, number>;
  /** Tasks of a fast node for each of a slow one that takes ten times as long, with as much work as all can do. */
  slowNodes: { fastMs: number; slowMs: number; ratio: number; slowShare: number };
}

const NODES = 20;
const CREDITS = 4;
const SERVICE_MS = 50;
const PROBES = 15;
const FAST_MS = 10;
const SLOW_MS = 100;

/** @throws Error when a task is lost. */
export async function measureFairness(options: BenchOptions, cleanup: Cleanup, say: Say): Promise<FairnessFigures> {
  const stage = await setStage({ ...options, nodes: NODES, credits: CREDITS, requesters: Math.max(2, options.requesters) }, cleanup, say);
  const flood = await measureFlood(stage);
  say(`first tasks beside ${flood.tasks} of another: ${flood.floodedMs} ms against ${flood.aloneMs} alone, ${flood.rounds} rounds`);
  const priorities = await measurePriorities(stage);
  say(`shares with all priorities waiting: ${JSON.stringify(priorities)}`);
  const slowNodes = await measureSlowNodes(stage);
  say(`a fast node did ${slowNodes.ratio} tasks for each of a slow one`);
  await checkBooks(stage);
  return { flood, priorities, slowNodes };
}

/** The requester who floods, and the one who waits for his turn. */
function targetsOf({ target }: Stage) {
  const of = (i: number) => ({ ...target, requesterKeys: [target.requesterKeys[i] as string] });
  return { flooder: of(0), other: of(1) };
}

async function measureFlood(stage: Stage): Promise<FairnessFigures['flood']> {
  const { floodTasks: tasks } = stage.options.sizes;
  await stage.nodes.call('work', [SERVICE_MS]);
  const alone = await probe(stage);
  await fillQueue(stage, { tasks, target: targetsOf(stage).flooder });
  const flooded = await probe(stage);
  await stage.nodes.call('work', [0]);
  await untilDrained(stage);
  const overtakenBy = median(flooded.map(({ overtaken }) => overtaken));
  return {
    tasks,
    serviceMs: SERVICE_MS,
    aloneMs: round(median(alone.map(({ delayMs }) => delayMs))),
    floodedMs: round(median(flooded.map(({ delayMs }) => delayMs))),
    overtakenBy,
    rounds: round(overtakenBy / (NODES * CREDITS)),
  };
}

/** One task after another of the requester who does not flood: until it is assigned, and who was assigned meanwhile. */
async function probe(stage: Stage): Promise<{ delayMs: number; overtaken: number }[]> {
  const { other: target } = targetsOf(stage);
  const probes: { delayMs: number; overtaken: number }[] = [];
  for (let i = 0; i < PROBES; i++) {
    await stage.nodes.call('watch', null);
    const { ids, sentMs } = await stage.load.call('submitOnce', { target, size: 1 });
    const [id = ''] = ids;
    stage.accepted++;
    const assignedMs = await stage.nodes.call('arrivalOf', id);
    const { arrivals } = await stage.nodes.call('watched', null);
    const overtaken = [...arrivals.values()].filter((atMs) => atMs >= sentMs && atMs < assignedMs).length;
    probes.push({ delayMs: assignedMs - sentMs, overtaken });
  }
  return probes;
}

async function measurePriorities(stage: Stage): Promise<Record<TaskPriority, number>> {
  const { priorityTasks: tasks } = stage.options.sizes;
  const { flooder: target } = targetsOf(stage);
  await stage.nodes.call('hold', true);
  const priorityOf = new Map<string, TaskPriority>();
  for (const priority of TASK_PRIORITIES) {
    for (let left = tasks; left > 0; left -= 1_000) {
      const { ids } = await stage.load.call('submitOnce', { target, size: Math.min(left, 1_000), shape: { priority } });
      stage.accepted += ids.length;
      for (const id of ids) priorityOf.set(id, priority);
    }
  }
  await stage.nodes.call('watch', null);
  await stage.nodes.call('hold', false);
  await untilDrained(stage);
  const { arrivals } = await stage.nodes.call('watched', null);
  // As many as one priority has: the highest still waits when they are gone.
  const first = [...arrivals.keys()].slice(0, tasks).map((id) => priorityOf.get(id));
  return Object.fromEntries(
    TASK_PRIORITIES.map((priority) => [priority, round(first.filter((p) => p === priority).length / first.length)]),
  ) as Record<TaskPriority, number>;
}

/** Every other node is slow. The work is what they can do in a second or so. */
async function measureSlowNodes(stage: Stage): Promise<FairnessFigures['slowNodes']> {
  await stage.nodes.call('work', [FAST_MS, SLOW_MS]);
  const before = await stage.nodes.call('completedByNode', null);
  const tasks = Math.round((NODES / 2) * CREDITS * (1000 / FAST_MS + 1000 / SLOW_MS));
  await fillQueue(stage, { tasks });
  await untilDrained(stage);
  const after = await stage.nodes.call('completedByNode', null);
  const done = after.map((count, i) => count - (before[i] as number));
  const sum = (odd: number) => done.filter((_, i) => i % 2 === odd).reduce((total, count) => total + count, 0);
  const [fast, slow] = [sum(0), sum(1)];
  return { fastMs: FAST_MS, slowMs: SLOW_MS, ratio: round(fast / slow), slowShare: round(slow / (fast + slow)) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
