import { type AgentView, createAgentView } from './agent-state.ts';
import { chooseLanes, creditsOf } from './executors/lanes.ts';
import { detectHardware } from './hardware.ts';
import type { NodeKey } from './identity/node-key.ts';
import { createLaneRunner, type LaneRunner } from './isolation/lane-runner.ts';
import type { AgentOptions } from './options.ts';
import { createOutbox, type Outbox } from './session/outbox.ts';
import { openSpool, type ResultSpool } from './spool/result-spool.ts';
import { createGate, type Gate } from './work/gate.ts';
import { createWorkQueue, type WorkQueue } from './work/work-queue.ts';

const MIB = 1024 * 1024;

/** What an agent is made of, before it talks to anyone. */
export interface AgentParts {
  key: NodeKey;
  spool: ResultSpool;
  outbox: Outbox;
  queue: WorkQueue;
  view: AgentView;
  runners: LaneRunner[];
  /** Open while nothing runs and every result was answered. */
  settled: Gate;
}

/** Opens the spool and wires queue, outbox and executors together. No process starts and nothing is sent. */
export async function createAgentParts(options: AgentOptions, key: NodeKey): Promise<AgentParts> {
  const { logger } = options;
  const memoryMiB = options.memoryMiB ?? Math.max(1, Math.floor(detectHardware().memoryMiB / 2));
  const lanes = chooseLanes({ ...options, memoryMiB });
  const credits =
    options.credits ??
    Math.min(
      4_096,
      lanes.reduce((sum, lane) => sum + creditsOf(lane), 0),
    );
  const spool = await openSpool({ dir: options.dataDir, maxBytes: options.spoolBytes ?? 256 * MIB });
  if (spool.damaged > 0) logger.warn({ lines: spool.damaged }, 'the spool held torn lines of a crash: ignored');

  const outbox = createOutbox({ spool, sign: key.sign });
  const settled = createGate(() => queue.counts.running === 0 && spool.pending.size === 0);
  const onRefused = (leaseId: string, reason: string) => {
    outbox.refused(leaseId, reason);
    settled.check();
  };
  const queue: WorkQueue = createWorkQueue(
    { credits, spool, logger },
    { onStarted: outbox.started, onProgress: outbox.progress, onRefused, onResult: outbox.result },
  );
  const view = createAgentView({ options, key, credits, memoryMiB, spool, counts: () => queue.counts });
  const slot = { nodeRunner: options.nodeRunner ?? process.execPath, idleMs: options.idleMs ?? 60_000, logger };
  const events = { onOutcome: queue.settle, onProgress: queue.progress, onReturned: queue.giveBack, onFree: queue.pump };
  const runners = lanes.map((lane) => createLaneRunner({ ...slot, lane }, events));
  return { key, spool, outbox, queue, view, runners, settled };
}
