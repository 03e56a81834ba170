import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@deai/testkit';
import { type Account, impatient, type Refusals, registerAccount, registerNode } from './accounts.ts';
import { type AgentProcess, startAgent } from './agent-process.ts';
import { type HonestNode, startHonestNode } from './honest-node.ts';
import { type Load, languageTask, startLoad } from './load.ts';
import { type NetworkProcess, startNetwork } from './network-process.ts';
import { databaseProcesses, signalAll } from './processes.ts';
import type { Seeded } from './seeded.ts';

/** What dies in a round. `everything` is the server together with its database: a power cut but for the disk. */
export const VICTIMS = ['server', 'database', 'session', 'node', 'everything'] as const;
export type Victim = (typeof VICTIMS)[number];

/** A network under a steady load, parts of which are killed and come back. */
export interface Tortured {
  readonly requester: Account;
  readonly operators: Account[];
  /** Simulated nodes in this process, which count what was acknowledged to them. */
  readonly nodes: HonestNode[];
  readonly load: Load;
  readonly refusals: Refusals;
  /** Lets some tasks in, kills at a moment that the seed chooses, and resolves when the part is back and tasks are accepted again. */
  round(): Promise<Victim>;
  /** Nothing is killed any more, the load ends. Resolves when every submission was accepted. */
  calm(): Promise<void>;
  stop(): Promise<void>;
}

const SUBMITTERS = 4;
const TASKS_BEFORE = 8;
const MOMENT_MS = 400;
const BACK_MS = 60_000;

/** Leases end soon, so that what only time can bring back is back within the test. */
const ENV = { DEAI_NODES_GRACE_MS: '500', DEAI_TASKS_RECONNECT_GRACE_MS: '3000', DEAI_TASKS_LEASE_SLACK_MS: '3000' };

/** Starts a network with two simulated nodes, one real agent and a load; `seeded` decides what is killed and when. */
export async function startTortured(seeded: Seeded): Promise<Tortured> {
  let network: NetworkProcess = await startNetwork({ env: ENV });
  const { url, port, dataDir } = network;
  const [requester, simulated, real] = await Promise.all([
    registerAccount(url, 'requester'),
    registerAccount(url, 'operator'),
    registerAccount(url, 'operator'),
  ]);
  const nodes: HonestNode[] = [];
  for (const reports of [true, false]) {
    nodes.push(await startHonestNode(await registerNode(url, simulated.apiKey), { serviceMs: 30, reports, offer: { credits: 3 } }));
  }
  let agent: AgentProcess = await startAgent({ serverUrl: url, operator: real, kinds: ['language-id'] });
  const { account, refusals } = impatient(url, requester);
  const load = startLoad(account, SUBMITTERS, () => languageTask({ timeoutMs: 5_000 }));

  const until = (count: number, what: string) => waitFor(() => load.accepted.size >= count, { timeoutMs: BACK_MS, what });
  const killDatabase = async () => signalAll(await databaseProcesses(dataDir), 'SIGKILL');
  const restart = async () => {
    network = await startNetwork({ dataDir, port, env: ENV });
  };
  const kill: Record<Victim, () => Promise<void>> = {
    async server() {
      await network.crash();
      await restart();
    },
    database: killDatabase,
    async session() {
      // PostgreSQL answers the death of one session by ending all of them.
      const [, ...children] = await databaseProcesses(dataDir);
      signalAll([seeded.oneOf(children)], 'SIGKILL');
    },
    async node() {
      await agent.crash();
      agent = await startAgent({ serverUrl: url, operator: real, kinds: ['language-id'], dataDir: agent.dataDir });
    },
    async everything() {
      await killDatabase();
      await network.crash();
      await restart();
    },
  };

  return {
    requester,
    operators: [simulated, real],
    nodes,
    load,
    refusals,
    async round() {
      await until(load.accepted.size + TASKS_BEFORE, 'tasks before the kill');
      const victim = seeded.oneOf(VICTIMS);
      // Not a wait for something: the moment itself is what is tried.
      await delay(seeded.below(MOMENT_MS));
      await kill[victim]();
      await until(load.accepted.size + 1, `a task after the ${victim} was killed`);
      return victim;
    },
    calm: () => load.stop(),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
      await agent.process.stop();
      await network.stop();
    },
  };
}
