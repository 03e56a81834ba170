import { mkdir } from 'node:fs/promises';
import { DeaiError, type NodeFrame } from '@deai/protocol';
import { createAgentView } from './agent-state.ts';
import { chooseLanes } from './executors/lanes.ts';
import { detectHardware } from './hardware.ts';
import { loadNodeKey } from './identity/node-key.ts';
import { type RegisterOptions, registerNode } from './identity/registration.ts';
import { createLaneRunner, type LaneRunner } from './isolation/lane-runner.ts';
import { startMetricsServer } from './local/agent-metrics.ts';
import type { AgentStatus } from './local/agent-status.ts';
import { readAgentStatus } from './local/control-client.ts';
import { startControlServer } from './local/control-server.ts';
import type { AgentOptions } from './options.ts';
import { createSessionHost, type SessionParts } from './session/agent-session-host.ts';
import { createOutbox } from './session/outbox.ts';
import { type SessionLoop, startSessionLoop } from './session/session-loop.ts';
import { openSpool } from './spool/result-spool.ts';
import { createGate } from './work/gate.ts';
import { startOffering } from './work/offering.ts';
import { createWorkQueue } from './work/work-queue.ts';

const MIB = 1024 * 1024;

/** A running agent. */
export interface AgentHandle {
  status(): AgentStatus;
  /** Resolves at the first welcome of the server. */
  readonly ready: Promise<void>;
  /** Resolves when the agent has ended, by whatever way. */
  readonly closed: Promise<void>;
  /** Finishes what runs, gives back what waits, delivers results (at most `drainMs`), then ends. Undelivered results stay on disk. */
  drain(): Promise<void>;
  /** Ends at once. The server gives the leases to others; results on disk are delivered by the next run. */
  stop(): Promise<void>;
}

/**
 * Starts a node agent: registers the node, measures its executors and keeps a session with the server until it is drained or stopped.
 * Resolves when it is set up, whether or not the server can be reached yet.
 * @throws DeaiError `CONFIG_INVALID` when nothing can be offered or the folder is in use by a running agent,
 * and the server's own code when it refuses the registration (`UNAUTHENTICATED`, `FORBIDDEN`, `NODE_KEY_TAKEN`).
 */
export async function runAgent(options: AgentOptions): Promise<AgentHandle> {
  const { logger, dataDir, serverUrl, apiKey, name, region } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await assertUnused(dataDir);
  const key = await loadNodeKey(dataDir);
  const request: RegisterOptions = { serverUrl, apiKey, publicKey: key.publicKey, name, region, dataDir };
  const registration = await tryRegister(request, options);

  const memoryMiB = options.memoryMiB ?? Math.max(1, Math.floor(detectHardware().memoryMiB / 2));
  const lanes = chooseLanes({ ...options, memoryMiB });
  const atOnce = lanes.reduce((sum, lane) => sum + lane.processes * Math.max(lane.tasksPerProcess, lane.maxBatch), 0);
  const credits = options.credits ?? Math.min(4_096, Math.max(16, atOnce * 4));
  const spool = await openSpool({ dir: dataDir, maxBytes: options.spoolBytes ?? 256 * MIB });
  if (spool.damaged > 0) logger.warn({ lines: spool.damaged }, 'the spool held torn lines of a crash: ignored');

  const outbox = createOutbox({ spool, sign: key.sign });
  const settled = createGate(() => queue.counts.running === 0 && spool.pending.size === 0);
  const queue = createWorkQueue(
    { credits, spool, logger },
    {
      onStarted: outbox.started,
      onProgress: outbox.progress,
      onRefused(leaseId, reason) {
        outbox.refused(leaseId, reason);
        settled.check();
      },
      onResult: outbox.result,
    },
  );
  const view = createAgentView({ options, key, credits, memoryMiB, spool, counts: () => queue.counts });
  view.facts.registration = registration;
  const runners = lanes.map((lane) => createRunner(lane));

  function createRunner(lane: LaneRunner['lane']): LaneRunner {
    const slot = { lane, nodeRunner: options.nodeRunner ?? process.execPath, idleMs: options.idleMs ?? 60_000, logger };
    return createLaneRunner(slot, {
      onOutcome: queue.settle,
      onProgress: queue.progress,
      onReturned: queue.giveBack,
      onFree: queue.pump,
    });
  }

  const wire: { send?: (frame: NodeFrame) => boolean } = {};
  const offering = await startOffering({
    runners,
    view,
    options,
    queue,
    onChange: () => wire.send?.({ type: 'offer', offer: view.offer() }),
  });
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const parts: SessionParts = { view, key, spool, outbox, queue, onProgress: settled.check };
  const local = await startLocalServers();
  const loop: SessionLoop = startSessionLoop({
    async register(again) {
      view.facts.registration = await registerNode(request, again);
      return view.facts.registration;
    },
    hostFor: (current) => createSessionHost(parts, current, wire),
    onState(online) {
      view.facts.online = online;
      if (online) ready.resolve();
      else outbox.close();
    },
    logger,
  });
  if (view.facts.phase === 'starting') view.facts.phase = 'running';

  async function startLocalServers(): Promise<() => Promise<void>> {
    const control = await startControlServer(dataDir, { status: view.status, drain: () => void drain() });
    if (options.metricsPort === undefined) return control.close;
    const host = options.metricsHost ?? '127.0.0.1';
    const metrics = await startMetricsServer(options.metricsPort, host, view.status, () => runners.flatMap((runner) => runner.pids));
    view.facts.metricsPort = metrics.port;
    return async () => {
      await Promise.all([control.close(), metrics.close()]);
    };
  }

  let ending: Promise<void> | undefined;
  async function end(): Promise<void> {
    offering.stop();
    outbox.flush();
    await loop.stop();
    for (const runner of runners) runner.close();
    await spool.close();
    view.facts.phase = 'stopped';
    await local();
    closed.resolve();
  }
  const stop = () => {
    ending ??= end();
    return ending;
  };

  let draining: Promise<void> | undefined;
  async function finishAndStop(): Promise<void> {
    view.facts.phase = 'draining';
    logger.info({ ...queue.counts, spooled: spool.pending.size }, 'draining');
    wire.send?.({ type: 'drain', on: true });
    queue.drain();
    const done = await settled.wait(options.drainMs ?? 30_000);
    if (!done) logger.warn({ ...queue.counts, spooled: spool.pending.size }, 'the drain ran out of time');
    await stop();
  }
  const drain = () => {
    draining ??= ending ?? finishAndStop();
    return draining;
  };

  return { status: view.status, ready: ready.promise, closed: closed.promise, drain, stop };
}

async function assertUnused(dataDir: string): Promise<void> {
  const status = await readAgentStatus(dataDir);
  if (status && status.state !== 'stopped') {
    const hint = 'Another agent runs with this folder: stop it, or give this one a folder of its own.';
    throw new DeaiError('CONFIG_INVALID', { dataDir, pid: status.pid, hint });
  }
}

/** A refusal ends the start; a server that is away does not: the session loop goes on asking. */
async function tryRegister(request: RegisterOptions, { logger }: AgentOptions) {
  try {
    return await registerNode(request);
  } catch (error) {
    if (error instanceof DeaiError && !error.retryable) throw error;
    logger.warn({ err: error }, 'the server cannot be reached yet');
    return undefined;
  }
}
