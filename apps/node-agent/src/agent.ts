import { mkdir } from 'node:fs/promises';
import { DeaiError, type NodeFrame } from '@deai/protocol';
import { type AgentParts, createAgentParts } from './agent-parts.ts';
import { loadNodeKey } from './identity/node-key.ts';
import { type RegisterOptions, registerNode } from './identity/registration.ts';
import type { AgentStatus } from './local/agent-status.ts';
import { readAgentStatus } from './local/control-client.ts';
import { startLocalServers } from './local/local-servers.ts';
import type { AgentOptions } from './options.ts';
import { createSessionHost } from './session/agent-session-host.ts';
import { type SessionLoop, startSessionLoop } from './session/session-loop.ts';
import { startOffering } from './work/offering.ts';

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

/** The way to the server of the session that is open, if one is. */
interface Wire {
  send?: (frame: NodeFrame) => boolean;
}

/**
 * Starts a node agent: registers the node, measures its executors and keeps a session with the server until it is drained or stopped.
 * Resolves when it is set up, whether or not the server can be reached yet.
 * @throws DeaiError `CONFIG_INVALID` when nothing can be offered or the folder is in use by a running agent,
 * and the server's own code when it refuses the registration (`UNAUTHENTICATED`, `FORBIDDEN`, `NODE_KEY_TAKEN`).
 */
export async function runAgent(options: AgentOptions): Promise<AgentHandle> {
  const { dataDir, serverUrl, apiKey, name, region } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await assertUnused(dataDir);
  const key = await loadNodeKey(dataDir);
  const request: RegisterOptions = { serverUrl, apiKey, publicKey: key.publicKey, name, region, dataDir };
  const registration = await tryRegister(request, options);
  const parts = await createAgentParts(options, key);
  parts.view.facts.registration = registration;
  try {
    return await assemble(options, parts, request);
  } catch (error) {
    for (const runner of parts.runners) runner.close();
    await parts.spool.close();
    throw error;
  }
}

async function assemble(options: AgentOptions, parts: AgentParts, request: RegisterOptions): Promise<AgentHandle> {
  const { view, queue, outbox, runners } = parts;
  const wire: Wire = {};
  const onChange = () => wire.send?.({ type: 'offer', offer: view.offer() });
  const offering = await startOffering({ runners, view, options, queue, onChange });
  const ready = Promise.withResolvers<void>();
  const closeLocal = await startLocalServers(options, parts, () => void ending.drain());
  view.facts.phase = 'running';
  const loop = startSessionLoop({
    async register(again) {
      view.facts.registration = await registerNode(request, again);
      return view.facts.registration;
    },
    hostFor: (registration) => createSessionHost(parts, registration, wire),
    onState(online) {
      view.facts.online = online;
      if (online) ready.resolve();
      else outbox.close();
    },
    logger: options.logger,
  });
  const ending = createEnding(options, parts, wire, loop, async () => {
    offering.stop();
    await closeLocal();
  });
  return { status: view.status, ready: ready.promise, ...ending };
}

function createEnding(options: AgentOptions, parts: AgentParts, wire: Wire, loop: SessionLoop, release: () => Promise<void>) {
  const { logger } = options;
  const { view, queue, outbox, spool, runners, settled } = parts;
  const closed = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  let draining: Promise<void> | undefined;

  async function end(): Promise<void> {
    outbox.flush();
    await loop.stop();
    for (const runner of runners) runner.close();
    await spool.close();
    view.facts.phase = 'stopped';
    await release();
    closed.resolve();
  }

  function stop(): Promise<void> {
    stopping ??= end();
    return stopping;
  }

  async function finishAndStop(): Promise<void> {
    view.facts.phase = 'draining';
    logger.info({ ...queue.counts, spooled: spool.pending.size }, 'draining');
    wire.send?.({ type: 'drain', on: true });
    queue.drain();
    const done = await settled.wait(options.drainMs ?? 30_000);
    if (!done) logger.warn({ ...queue.counts, spooled: spool.pending.size }, 'the drain ran out of time');
    await stop();
  }

  function drain(): Promise<void> {
    draining ??= stopping ?? finishAndStop();
    return draining;
  }

  return { closed: closed.promise, drain, stop };
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
