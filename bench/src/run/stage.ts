import type pg from 'pg';
import type { LoadHelper } from '../load/main.ts';
import type { LoadTarget } from '../load/submissions.ts';
import { type Participants, registerParticipants } from '../network/accounts.ts';
import { connectDatabase } from '../network/database.ts';
import { type RunningServer, startServer, startServerOn } from '../network/server.ts';
import type { NodesHelper } from '../nodes/main.ts';
import type { NodeBehaviour } from '../nodes/simulated-node.ts';
import type { BenchOptions } from '../options.ts';
import { type Helper, startHelper } from '../process/calls.ts';
import type { Cleanup } from '../process/cleanup.ts';

/** Tells people what is going on. */
export type Say = (line: string) => void;

/** Everything a run plays on: the server, the nodes and the load generator, a process each. */
export interface Stage {
  options: BenchOptions;
  server: RunningServer;
  /** A connection of our own to the server's database: its statistics, and rows that are seeded. */
  database: pg.Client;
  nodes: Helper<NodesHelper>;
  load: Helper<LoadHelper>;
  participants: Participants;
  target: LoadTarget;
  /** Time of each node from connecting to its welcome, in milliseconds. */
  connectMs: number[];
  /** Tasks the API accepted so far, in all scenarios. */
  accepted: number;
  /** Of those, the ones that are meant to wait to the end. */
  parked: number;
}

/** Starts a fresh network, registers everybody and connects the first `connected` nodes; all of them when left out. */
export async function setStage(options: BenchOptions, cleanup: Cleanup, say: Say, connected = options.nodes): Promise<Stage> {
  say('starting the network');
  const server = await startServer(options, cleanup);
  const nodes = startHelper<NodesHelper>(new URL('../nodes/main.ts', import.meta.url));
  cleanup.add(() => nodes.stop());
  const load = startHelper<LoadHelper>(new URL('../load/main.ts', import.meta.url));
  cleanup.add(() => load.stop());
  const database = await connectDatabase(server.database.url);
  say(
    `up after ${(server.startMs / 1000).toFixed(1)} s at ${server.url}; registering ${options.nodes} nodes of ${options.operators} operators`,
  );
  const participants = await registerParticipants(server.url, options);
  const target = { url: server.url, requesterKeys: participants.requesterKeys, idempotency: options.idempotency };
  const stage: Stage = { options, server, database, nodes, load, participants, target, connectMs: [], accepted: 0, parked: 0 };
  cleanup.add(() => stage.database.end());
  if (connected > 0) {
    await connectNodes(stage, 0, connected);
    say(`${connected} nodes connected; ${options.requesters} requesters`);
  }
  return stage;
}

/** Opens the sessions of the nodes from `first` to before `end`, with what is different about them. */
export async function connectNodes(stage: Stage, first: number, end: number, more: Partial<NodeBehaviour> = {}): Promise<void> {
  const { credits, serviceMs, reports } = stage.options;
  const sessionUrl = `${stage.server.url.replace(/^http/, 'ws')}/api/v1/nodes/session`;
  const behaviour = { sessionUrl, credits, serviceMs, reports, memoryMiB: NODE_MEMORY_MIB, ...more };
  const nodes = stage.participants.nodes.slice(first, end);
  stage.connectMs.push(...(await stage.nodes.call('connect', { nodes, behaviour })));
}

const NODE_MEMORY_MIB = 1_024;

/** Starts the server again on the data of the one that was killed. */
export async function restartServer(stage: Stage, cleanup: Cleanup): Promise<void> {
  await stage.database.end().catch(() => undefined);
  stage.server = await startServerOn(stage.server.dataDir, stage.options, cleanup);
  stage.target = { ...stage.target, url: stage.server.url };
  stage.database = await connectDatabase(stage.server.database.url);
}
