import { randomBytes } from 'node:crypto';
import { findNatsServer, NATS_SERVER_MISSING, startNatsServer } from '@deai/bus/testing';
import { startEmbeddedPostgres } from '@deai/db';
import { ONE_TOKEN, type ServiceName } from '@deai/protocol';
import { DeaiClient, hasEnded, usdOf } from '@deai/sdk';
import { cleanUpAtEnd, tempDir, waitFor } from '@deai/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Account, type NodeIdentity, registerAccount, registerNode } from './src/accounts.ts';
import { expectPaidFor, untilAllEnded } from './src/books.ts';
import { type HonestNode, startHonestNode } from './src/honest-node.ts';
import { languageTask, startLoad } from './src/load.ts';
import { type NetworkProcess, startNetwork } from './src/network-process.ts';

const ADMIN = { email: 'admin@e2e.example', password: 'an administrator of tests' };
const available = findNatsServer() !== undefined;
const title = 'services in processes of their own, over NATS and one PostgreSQL';

describe.skipIf(!available)(available ? title : `${title} (${NATS_SERVER_MISSING})`, () => {
  const running = {} as Record<'auth' | 'tasks' | 'nodes' | 'gateway', NetworkProcess>;
  const services: Record<keyof typeof running, ServiceName[]> = {
    auth: ['auth', 'reward-manager', 'price-oracle', 'bridge', 'monitoring'],
    tasks: ['task-manager'],
    nodes: ['node-manager'],
    gateway: ['gateway', 'realtime'],
  };
  let env: Record<string, string>;
  let requester: Account;
  let operator: Account;
  const nodes: HonestNode[] = [];

  const start = async (name: keyof typeof running, port = 0) => {
    running[name] = await startNetwork({ services: services[name], port, env });
  };
  /** Nodes connect to the process that holds their sessions: a proxy in front would send them there. */
  const newNode = async (): Promise<NodeIdentity> => ({
    ...(await registerNode(running.gateway.url, operator.apiKey)),
    sessionUrl: `${running.nodes.url.replace('http', 'ws')}/api/v1/nodes/session`,
  });

  beforeAll(async () => {
    const [postgres, nats] = await Promise.all([
      startEmbeddedPostgres({ dataDir: await tempDir('deai-e2e-pg-'), durable: false, settings: { shared_buffers: '128MB' } }),
      startNatsServer(),
    ]);
    cleanUpAtEnd(() => postgres.stop());
    cleanUpAtEnd(() => nats.stop());
    env = {
      DATABASE_URL: postgres.url,
      NATS_URL: nats.url,
      DEAI_AUTH_ADMIN_EMAIL: ADMIN.email,
      DEAI_AUTH_KEY_SECRET: randomBytes(32).toString('base64url'),
      DEAI_REWARD_STARTING_CREDIT_YOCTO: String(100n * ONE_TOKEN),
      DEAI_DB_CONNECTIONS: '8',
      DEAI_NODES_GRACE_MS: '500',
      DEAI_PRICE_USD: '0.25',
    };
    // All at once, on an empty database: the migrations of four processes must not get in each other's way.
    await Promise.all((['auth', 'tasks', 'nodes', 'gateway'] as const).map((name) => start(name)));
    [requester, operator] = await Promise.all([
      registerAccount(running.gateway.url, 'requester'),
      registerAccount(running.gateway.url, 'operator'),
    ]);
    for (let i = 0; i < 2; i++) nodes.push(await startHonestNode(await newNode(), { serviceMs: 20, offer: { credits: 4 } }));
  }, 120_000);

  test('a quote says what it is worth, by the price that another process knows', async () => {
    const { client } = requester;
    const quote = await client.tasks.quote(languageTask());
    expect(quote.usd).toEqual({ amount: usdOf(quote.totalYocto, '0.25'), priceAgeS: expect.any(Number), source: 'fixed' });
    expect(await client.network.price()).toMatchObject({ usd: '0.25', source: 'fixed', stale: false });
  });

  test('a task runs, and a watcher sees each of its states', async () => {
    const { client } = requester;
    const stop = new AbortController();
    const live = Promise.withResolvers<void>();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of client.watch({ topics: [{ topic: 'tasks' }], signal: stop.signal, onLive: () => live.resolve() })) {
        if (event.type !== 'task_update' || ('snapshot' in event && event.snapshot)) continue;
        seen.push(event.data.status);
        if (event.data.status === 'completed') return event.data;
      }
      return undefined;
    })();
    await live.promise;
    const done = await client.run(languageTask());
    expect(done.output).toEqual({ results: [[{ confidence: 0.98, language: 'en' }]] });
    const last = await watching;
    stop.abort();
    expect(last).toMatchObject({ task_id: done.id, node_id: done.nodeId, progress: 1 });
    expect(seen).toEqual(['assigned', 'in_progress', 'completed']);
  });

  test('every service finds every other one', async () => {
    const healthy = await waitFor(
      async () => {
        const health = await requester.client.network.health();
        return health.status === 'ok' ? health : undefined;
      },
      { timeoutMs: 20_000, intervalMs: 250, what: 'a healthy network' },
    );
    expect(healthy.services.map(({ service }) => service).sort()).toEqual(Object.values(services).flat().sort());
  });

  test('what an administrator does in one process stands in the audit log of another', async () => {
    const client = new DeaiClient({ baseUrl: running.gateway.url });
    const { user } = await client.auth.register(ADMIN);
    const { nodeId } = await registerNode(running.gateway.url, operator.apiKey);
    await client.nodes.setMode(nodeId, 'maintenance');
    const { items } = await client.admin.audit({ subject: nodeId }).page();
    expect(items).toMatchObject([{ action: 'node.modeChanged', actor: { id: user.id }, details: { mode: 'maintenance' } }]);
    const operators = await client.admin.users({ role: 'operator' }).page();
    expect(operators.items.map(({ id }) => id)).toEqual([operator.userId]);
    await expect(operator.client.admin.audit().page()).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
  });

  test('a task manager that is killed in the middle of its work comes back, and everything ends once', async () => {
    const load = startLoad(requester, 8);
    await waitFor(() => load.accepted.size >= 150, { timeoutMs: 30_000, what: 'load' });
    await running.tasks.crash();
    await waitFor(() => load.failures > 0, { what: 'a refusal while it is away' });
    const before = load.accepted.size;
    await start('tasks');
    await waitFor(() => load.accepted.size >= before + 100, { timeoutMs: 30_000, what: 'load after the restart' });
    await load.stop();
    // Far less than a lease lasts: what the first one wrote and did not live to send does not wait for that.
    const tasks = await untilAllEnded(requester, 10_000);
    expect(tasks.filter(({ status }) => status !== 'completed')).toEqual([]);
    const ids = new Set(tasks.map(({ id }) => id));
    expect([...load.accepted].filter((id) => !ids.has(id))).toEqual([]);
    // The one of the test before, and one for each key.
    expect(tasks).toHaveLength(load.accepted.size + 1);
    await expectPaidFor(tasks, [operator], requester);
  }, 120_000);

  test('a node manager that is killed comes back; work goes to the nodes that come back, not to the one that does not', async () => {
    const port = running.nodes.port;
    const [stays, goes] = nodes as [HonestNode, HonestNode];
    const welcomes = stays.welcomes;
    await running.nodes.crash();
    await goes.stop();
    await start('nodes', port);
    await waitFor(() => stays.welcomes > welcomes, { timeoutMs: 15_000, what: "the node's return" });
    const { client } = requester;
    const submitted = await client.tasks.submitMany(Array.from({ length: 20 }, () => languageTask()));
    const ended = await Promise.all(submitted.map(({ id }) => client.tasks.wait(id, { timeoutMs: 30_000 })));
    expect(ended.every(hasEnded)).toBe(true);
    expect(new Set(ended.map(({ status, nodeId }) => `${status} ${nodeId}`))).toEqual(new Set([`completed ${stays.nodeId}`]));
    await expectPaidFor(await untilAllEnded(requester, 5_000), [operator], requester);
  }, 120_000);
});
