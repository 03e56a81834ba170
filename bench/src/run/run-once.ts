import { type Percentiles, percentilesOf } from '../measure/latency.ts';
import type { BenchOptions } from '../options.ts';
import type { Cleanup } from '../process/cleanup.ts';
import { type Books, checkBooks } from './checks.ts';
import { measurePaced, measureThroughput, type PacedFigures, type ThroughputResult } from './scenarios.ts';
import { type Say, type Stage, setStage } from './stage.ts';
import { type MemoryMiB, memoryOf, usageOfParts, watchMemory } from './usage.ts';

/** All figures of one main run on a fresh network. */
export interface RunResult {
  startMs: number;
  settings: Record<string, string>;
  wsConnect: Percentiles;
  single: ThroughputResult;
  batch: ThroughputResult;
  paced: PacedFigures;
  /** With all nodes connected; the highest of the server; after the last scenario. */
  memoryMiB: { before: MemoryMiB; serverMax: number | null; after: MemoryMiB };
  books: Books;
  /** Lines in the server's log, which holds warnings and errors only. */
  serverWarnings: number;
}

/** Runs every scenario and checks the books. @throws Error when a task or an amount got lost. */
export async function runOnce(options: BenchOptions, cleanup: Cleanup, say: Say): Promise<RunResult> {
  const stage = await setStage(options, cleanup, say);
  const { connections, batchConnections, batchSize, seconds, warmupSeconds, pacedSeconds } = options;
  await checkpointOften(stage);
  const before = memoryOf(usageOfParts(stage));
  const highest = watchMemory(stage);
  cleanup.add(() => void highest());

  say(`warming up for ${warmupSeconds} s`);
  await measureThroughput(stage, { connections, seconds: warmupSeconds, size: 1 });
  say(`single submissions over ${connections} connections for ${seconds} s`);
  const single = await measureThroughput(stage, { connections, seconds, size: 1 });
  say(`${single.tps} tasks/s; batches of ${batchSize} over ${batchConnections} connections for ${seconds} s`);
  const batch = await measureThroughput(stage, { connections: batchConnections, seconds, size: batchSize });
  const ratePerS = Math.max(1, Math.round(single.tps / 2));
  say(`${batch.tps} tasks/s; latencies at ${ratePerS} single submissions a second for ${pacedSeconds} s`);
  const paced = await measurePaced(stage, ratePerS);

  const memoryMiB = { before, serverMax: highest(), after: memoryOf(usageOfParts(stage)) };
  say(`checking ${stage.accepted} tasks and the books`);
  const books = await checkBooks(stage);
  const { startMs, settings } = stage.server;
  const wsConnect = percentilesOf(stage.connectMs);
  const serverWarnings = stage.server.warnings();
  return { startMs: Math.round(startMs), settings, wsConnect, single, batch, paced, memoryMiB, books, serverWarnings };
}

/**
 * The server as shipped begins a checkpoint every five minutes, which a run of one minute may miss. Every minute instead, so that each
 * scenario of a minute bears one: more of that work than in use, not less.
 */
async function checkpointOften({ database }: Stage): Promise<void> {
  await database.query("alter system set checkpoint_timeout = '60s'");
  await database.query('select pg_reload_conf()');
}
