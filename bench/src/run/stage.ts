import type { LoadHelper } from '../load/main.ts';
import type { LoadTarget } from '../load/submissions.ts';
import { type Participants, registerParticipants } from '../network/accounts.ts';
import { type RunningServer, startServer } from '../network/server.ts';
import type { NodesHelper } from '../nodes/main.ts';
import type { BenchOptions } from '../options.ts';
import { type Helper, startHelper } from '../process/calls.ts';
import type { Cleanup } from '../process/cleanup.ts';

/** Everything a run plays on: the server, the nodes and the load generator, a process each. */
export interface Stage {
  options: BenchOptions;
  server: RunningServer;
  nodes: Helper<NodesHelper>;
  load: Helper<LoadHelper>;
  participants: Participants;
  target: LoadTarget;
  /** Time of each node from connecting to its welcome, in milliseconds. */
  connectMs: number[];
  /** Tasks the API accepted so far, in all scenarios. */
  accepted: number;
}

/** Starts a fresh network, registers everybody and connects the nodes. */
export async function setStage(options: BenchOptions, cleanup: Cleanup, say: (line: string) => void): Promise<Stage> {
  say('starting the network');
  const server = await startServer(options, cleanup);
  const nodes = startHelper<NodesHelper>(new URL('../nodes/main.ts', import.meta.url));
  cleanup.add(() => nodes.stop());
  const load = startHelper<LoadHelper>(new URL('../load/main.ts', import.meta.url));
  cleanup.add(() => load.stop());
  say(
    `up after ${(server.startMs / 1000).toFixed(1)} s at ${server.url}; registering ${options.nodes} nodes of ${options.operators} operators`,
  );
  const participants = await registerParticipants(server.url, options);
  const { credits, serviceMs, reports, requesters, idempotency } = options;
  const behaviour = { sessionUrl: `${server.url.replace(/^http/, 'ws')}/api/v1/nodes/session`, credits, serviceMs, reports };
  const connectMs = await nodes.call('connect', { nodes: participants.nodes, behaviour });
  say(`${connectMs.length} nodes connected; ${requesters} requesters`);
  const target = { url: server.url, requesterKeys: participants.requesterKeys, idempotency };
  return { options, server, nodes, load, participants, target, connectMs, accepted: 0 };
}
