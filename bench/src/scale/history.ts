import { DeaiClient } from '@deai/sdk';
import type { Percentiles } from '../measure/latency.ts';
import type { BenchOptions } from '../options.ts';
import type { Cleanup } from '../process/cleanup.ts';
import { checkBooks } from '../run/checks.ts';
import { type Say, type Stage, setStage } from '../run/stage.ts';
import { memoryOf, usageOfParts } from '../run/usage.ts';
import { type LifeRates, measureLifeRates, warmUp } from './rates.ts';
import { type History, historyId, planHistory, seedHistory } from './seed-history.ts';

/** With completed tasks of the past in the database, against without. */
export interface HistoryFigures {
  tasks: number;
  /** Reading a task by its id through the API, any of them all, in ms. */
  lookup: Percentiles;
  ratesEmpty: LifeRates;
  ratesFull: LifeRates;
  databaseGiB: number;
  seedSeconds: number;
  serverRssMiB: number | null;
}

const LOOKUP_CONNECTIONS = 4;

/** Rates, then ten million rows, then rates and look-ups. @throws Error when a task is lost or not found. */
export async function measureHistory(options: BenchOptions, cleanup: Cleanup, say: Say): Promise<HistoryFigures> {
  const { historyTasks, historyLookups } = options.sizes;
  const stage = await setStage(options, cleanup, say);
  await warmUp(stage);
  const ratesEmpty = await measureLifeRates(stage, options.nodes);
  say(`no history: ${ratesEmpty.single} singles/s, ${ratesEmpty.batch} tasks/s in batches; writing ${historyTasks} completed tasks`);

  const requesterIds = await requesterIdsOf(stage);
  const history = planHistory(historyTasks, requesterIds, Date.now());
  const startedAt = performance.now();
  await seedHistory(stage.server.database.url, history);
  const seedSeconds = Math.round((performance.now() - startedAt) / 1000);
  say(`written in ${seedSeconds} s; reading ${historyLookups} of them`);

  const tasks = Array.from({ length: historyLookups }, () => randomTask(stage, history));
  const lookup = await stage.load.call('lookups', { url: stage.server.url, connections: LOOKUP_CONNECTIONS, tasks });
  const ratesFull = await measureLifeRates(stage, options.nodes);
  say(`look-up p95 ${lookup.p95} ms; ${ratesFull.single} singles/s, ${ratesFull.batch} tasks/s in batches`);
  const serverRssMiB = memoryOf(usageOfParts(stage)).server;
  await checkBooks(stage);
  return { tasks: history.tasks, lookup, ratesEmpty, ratesFull, databaseGiB: await sizeOf(stage), seedSeconds, serverRssMiB };
}

/** In the order of their keys. */
async function requesterIdsOf({ participants, server }: Stage): Promise<string[]> {
  return await Promise.all(
    participants.requesterKeys.map(async (apiKey) => (await new DeaiClient({ baseUrl: server.url, apiKey }).user.profile()).id),
  );
}

function randomTask({ participants }: Stage, history: History): { id: string; apiKey: string } {
  const day = Math.floor(Math.random() * history.days.length);
  const index = Math.floor(Math.random() * history.perDay);
  return { id: historyId(history, day, index), apiKey: participants.requesterKeys[index % participants.requesterKeys.length] as string };
}

async function sizeOf({ database }: Stage): Promise<number> {
  const { rows } = await database.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
  return Math.round((Number(rows[0]?.bytes) / 2 ** 30) * 10) / 10;
}
