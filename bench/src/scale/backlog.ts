import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../measure/clock.ts';
import type { BenchOptions } from '../options.ts';
import type { Cleanup } from '../process/cleanup.ts';
import { median } from '../report/medians.ts';
import { checkBooks } from '../run/checks.ts';
import { untilDrained } from '../run/drain.ts';
import { connectNodes, restartServer, type Say, type Stage, setStage } from '../run/stage.ts';
import { memoryOf, usageOfParts } from '../run/usage.ts';
import { fillQueue } from './fill.ts';
import { type LifeRates, measureSubmitRates, warmUp } from './rates.ts';

/** A long queue against a short one. Rates are tasks a second, times in seconds. */
export interface BacklogFigures {
  tasks: number;
  shortTasks: number;
  /** Taking tasks in while no node works, with nothing waiting and with everything. */
  submitEmpty: LifeRates;
  submitFull: LifeRates;
  fillRate: number;
  /** Assigning and completing what waits: the short queue (median of the drains), the long one for some seconds, and its rest. */
  drainShort: number;
  drainFull: number;
  drainWhole: number;
  serverRssMiB: { empty: number | null; full: number | null; drained: number | null };
  /** After a kill with the whole queue waiting: from starting the server to serving, and to the first assignment at a node. */
  restartServingS: number;
  restartFirstAssignS: number;
}

const SHORT_DRAINS = 5;
const POLL_MS = 1;

/** Fills, kills, restarts and drains a long queue. @throws Error when a task is lost, the kill included. */
export async function measureBacklog(options: BenchOptions, cleanup: Cleanup, say: Say): Promise<BacklogFigures> {
  const { backlogTasks: tasks, backlogShort: shortTasks } = options.sizes;
  const stage = await setStage(options, cleanup, say);
  const rss = () => memoryOf(usageOfParts(stage)).server;
  await warmUp(stage);
  const empty = rss();
  const drains: number[] = [];
  for (let i = 0; i < SHORT_DRAINS; i++) drains.push(await drainShort(stage, shortTasks));
  const short = Math.round(median(drains));
  say(`${shortTasks} waiting tasks drained at ${short}/s`);
  await stage.nodes.call('disconnect', options.nodes);

  const before = stage.accepted;
  const submitEmpty = await measureSubmitRates(stage);
  say(`taken in with an empty queue: ${submitEmpty.single} singles/s, ${submitEmpty.batch} tasks/s in batches; filling up`);
  const fillRate = await fillQueue(stage, { tasks: Math.max(0, tasks - (stage.accepted - before)) });
  const submitFull = await measureSubmitRates(stage);
  const full = rss();
  say(
    `with ${stage.accepted - before} waiting: ${submitFull.single} singles/s, ${submitFull.batch} tasks/s; server ${full} MiB; killing it`,
  );

  const restart = await killAndRestart(stage, cleanup);
  say(`serving again after ${restart.restartServingS} s, first assignment after ${restart.restartFirstAssignS} s; draining`);
  const drained = await drainFull(stage);
  say(`drained at ${drained.drainFull}/s at first, ${drained.drainWhole}/s in all`);
  await checkBooks(stage);
  const serverRssMiB = { empty, full, drained: rss() };
  return { tasks, shortTasks, submitEmpty, submitFull, fillRate, drainShort: short, ...drained, serverRssMiB, ...restart };
}

/** Nodes wait until the tasks are there; the rate counts from the moment they are let loose. */
async function drainShort(stage: Stage, tasks: number): Promise<number> {
  await stage.nodes.call('hold', true);
  await fillQueue(stage, { tasks });
  const { accepted } = await stage.nodes.call('totals', null);
  const startedMs = await stage.nodes.call('hold', false);
  const { lastAcceptedMs, accepted: after } = await untilDrained(stage);
  return ((after - accepted) * 1000) / (lastAcceptedMs - startedMs);
}

async function killAndRestart(stage: Stage, cleanup: Cleanup): Promise<Pick<BacklogFigures, 'restartServingS' | 'restartFirstAssignS'>> {
  await stage.server.kill();
  const { assigned } = await stage.nodes.call('totals', null);
  const startedMs = nowMs();
  await restartServer(stage, cleanup);
  const servingMs = nowMs();
  const connecting = connectNodes(stage, 0, stage.options.nodes);
  while ((await stage.nodes.call('totals', null)).assigned === assigned) await delay(POLL_MS);
  const assignedMs = nowMs();
  await connecting;
  const seconds = (ms: number) => Math.round(ms - startedMs) / 1000;
  return { restartServingS: seconds(servingMs), restartFirstAssignS: seconds(assignedMs) };
}

/** The first seconds with all nodes connected, then the rest. */
async function drainFull(stage: Stage): Promise<Pick<BacklogFigures, 'drainFull' | 'drainWhole'>> {
  const [startMs, { accepted: before }] = [nowMs(), await stage.nodes.call('totals', null)];
  const expected = stage.accepted - stage.parked;
  let [nowAccepted, atMs] = [before, startMs];
  while (atMs - startMs < stage.options.sizes.growthSeconds * 1000 && nowAccepted < expected) {
    await delay(POLL_MS * 10);
    nowAccepted = (await stage.nodes.call('totals', null)).accepted;
    atMs = nowMs();
  }
  const { accepted, lastAcceptedMs } = await untilDrained(stage);
  const rate = (count: number, ms: number) => Math.round((count * 1000) / Math.max(1, ms));
  return { drainFull: rate(nowAccepted - before, atMs - startMs), drainWhole: rate(accepted - before, lastAcceptedMs - startMs) };
}
