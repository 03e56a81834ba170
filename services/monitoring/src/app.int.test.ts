import { type Bus, createMemoryBus, type Stop } from '@deai/bus';
import { DeaiError, type NetworkStats, SERVICES, type ServiceName } from '@deai/protocol';
import { createLogger, createMetrics, type Metrics, type Service } from '@deai/service-kit';
import { createTestDatabase, type TestDatabase, waitFor } from '@deai/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMonitoring } from './app.ts';
import { loadMonitoringConfig, type MonitoringConfig } from './config.ts';

const QUICK: Partial<MonitoringConfig> = { statsMs: 10, sampleMs: 20, fineMs: 20, probeMs: 20, probeTimeoutMs: 300 };

let db: TestDatabase;
let bus: Bus;
let metrics: Metrics;
let monitoring: Service;
let completed: number;
let stopServing: Map<string, Stop>;

beforeEach(async () => {
  db = await createTestDatabase();
  bus = createMemoryBus();
  completed = 0;
  stopServing = new Map();
  for (const service of SERVICES) if (service !== 'monitoring') await serveHealth(service);
  await serveTasks();
  await serveNodes();
});
afterEach(async () => {
  await monitoring.stop();
  await bus.close();
  await db.drop();
});

async function serveHealth(service: ServiceName): Promise<void> {
  stopServing.get(service)?.();
  const stop = await bus.serve('service.health', async () => ({ service, status: 'ok', latencyMs: 0 }), { instance: service });
  stopServing.set(service, stop);
}
async function serveTasks(): Promise<void> {
  const rest = { pending: 1, running: 2, failed: 4, cancelled: 5, throughput: 6.5, queueMsP50: 7, queueMsP95: 8, byKind: [] };
  stopServing.set('tasks.stats', await bus.serve('tasks.stats', async () => ({ completed: ++completed, ...rest })));
}
async function serveNodes(): Promise<void> {
  const rest = { maintenance: 0, offline: 1, credits: { total: 4, used: 1 }, byKind: [], byRegion: [] };
  stopServing.set('nodes.stats', await bus.serve('nodes.stats', async () => ({ registered: 9, online: 8, ...rest })));
}
async function start(overrides: Partial<MonitoringConfig> = {}): Promise<void> {
  metrics = createMetrics();
  const logger = createLogger({ level: 'silent', pretty: false });
  monitoring = createMonitoring({ bus, db, logger, metrics }, { ...loadMonitoringConfig({}), ...QUICK, ...overrides });
  await monitoring.start();
}
async function metric(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const found = await metrics.registry.getSingleMetric(name)?.get();
  return found?.values.find((value) => Object.entries(labels).every(([key, label]) => value.labels[key] === label))?.value;
}
const incidents = async () =>
  (
    await db.query<{ row: string }>(`select concat_ws(' ', service, from_status, to_status) as row from monitoring.incident order by id`)
  ).rows.map(({ row }) => row);

test('asks, publishes, keeps and exports the statistics of the network', async () => {
  const published: NetworkStats[] = [];
  await bus.subscribe('network.stats', ({ stats }) => published.push(stats));
  await start();
  await waitFor(() => published.length >= 3);
  expect(published[0]).toMatchObject({ activeNodes: 8, registeredNodes: 9, pendingTasks: 1, runningTasks: 2, completedTasks: 1 });
  expect(published[1]).toMatchObject({ completedTasks: 2, failedTasks: 4, throughput: 6.5, queueMsP50: 7, queueMsP95: 8 });
  const latest = await bus.request('monitoring.stats', {});
  expect(latest.completedTasks).toBeGreaterThanOrEqual(3);
  expect(await metric('deai_network_active_nodes')).toBe(8);
  expect(await metric('deai_network_throughput')).toBe(6.5);
  expect(await monitoring.health()).toEqual({ status: 'ok' });
});

test('writes one sample an interval, and goes on from the last after a restart', async () => {
  await start();
  await waitFor(async () => (await db.query('select from monitoring.sample')).rowCount >= 3);
  const slots = await db.query<{ ok: boolean }>(
    `select extract(epoch from slot) * 1000 % 20 = 0 and at - slot < '20 ms' as ok from monitoring.sample`,
  );
  expect(slots.rows.every(({ ok }) => ok)).toBe(true);
  await monitoring.stop();
  stopServing.get('tasks.stats')?.();
  const last = (await db.query<{ completed_tasks: number }>('select completed_tasks from monitoring.sample order by slot desc limit 1'))
    .rows[0];
  await start();
  expect((await bus.request('monitoring.stats', {})).completedTasks).toBe(last?.completed_tasks);
});

test('tells the history from its start on, with the samples that were stored before it', async () => {
  const history = async () => (await bus.request('monitoring.history', { minutes: 60 })).samples;
  await start({ sampleMs: 60_000, fineMs: 5_000 });
  expect((await history()).map(({ completedTasks }) => completedTasks)[0]).toBe(1);
  await waitFor(async () => (await history()).length > 1);
  await monitoring.stop();
  await db.query(`insert into monitoring.sample select date_trunc('minute', at), at, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0
    from generate_series(now() - interval '90 minutes', now() - interval '10 minutes', interval '20 minutes') at`);
  await start({ sampleMs: 60_000, fineMs: 5_000 });
  await waitFor(async () => (await history()).length > 4);
  const counts = (await history()).map(({ completedTasks }) => completedTasks);
  expect(counts.slice(0, 3)).toEqual([0, 0, 0]);
  const own = counts.slice(3);
  expect(own.every((count) => count > 0)).toBe(true);
  expect(own).toEqual([...new Set(own)].sort((a, b) => a - b));
});

test('tells the health of every service with its latency, each within its own time', async () => {
  stopServing.get('auth')?.();
  stopServing.set('auth', await bus.serve('service.health', () => new Promise(() => {}), { instance: 'auth' }));
  await start();
  const startedMs = performance.now();
  const { status, services } = await bus.request('monitoring.health', {});
  expect(performance.now() - startedMs).toBeLessThan(1_500);
  expect(status).toBe('degraded');
  expect(services.map(({ service }) => service)).toEqual([...SERVICES]);
  for (const { service, status: state, latencyMs } of services) {
    expect([service, state]).toEqual([service, service === 'auth' ? 'down' : 'ok']);
    expect(latencyMs).toBeGreaterThanOrEqual(service === 'auth' ? 290 : 0);
  }
});

test('goes on with the last known numbers while a service is away, and recovers', async () => {
  await start();
  for (const name of ['tasks.stats', 'task-manager']) stopServing.get(name)?.();
  await waitFor(async () => (await monitoring.health()).status === 'degraded');
  expect((await monitoring.health()).detail).toMatch(/^task-manager last answered \d+ s ago: /);
  const stale = await bus.request('monitoring.stats', {});
  await waitFor(async () => ((await metric('deai_network_stats_age_seconds')) ?? 0) > 0.05);
  expect((await bus.request('monitoring.stats', {})).at).toBe(stale.at);
  expect(stale.pendingTasks).toBe(1);
  expect((await bus.request('monitoring.health', {})).status).toBe('degraded');
  await serveTasks();
  await waitFor(async () => (await monitoring.health()).status === 'ok');
  expect((await bus.request('monitoring.stats', {})).at > stale.at).toBe(true);
});

test('starts while both services are away, and writes no sample of numbers nobody told', async () => {
  for (const name of ['tasks.stats', 'nodes.stats']) stopServing.get(name)?.();
  await start();
  expect(await bus.request('monitoring.stats', {})).toMatchObject({ activeNodes: 0, pendingTasks: 0 });
  const heard = Promise.withResolvers<void>();
  await bus.subscribe('network.stats', () => heard.resolve());
  await heard.promise;
  await serveTasks();
  await waitFor(async () => (await bus.request('monitoring.stats', {})).pendingTasks === 1);
  expect((await db.query('select from monitoring.sample')).rowCount).toBe(0);
  await serveNodes();
  await waitFor(async () => (await db.query('select from monitoring.sample')).rowCount > 0);
});

test('records when a service changes its state, once with two instances watching', async () => {
  await start();
  const second = createMonitoring(
    { bus, db, logger: createLogger({ level: 'silent', pretty: false }), metrics: createMetrics() },
    { ...loadMonitoringConfig({}), ...QUICK },
  );
  await second.start();
  stopServing.get('realtime')?.();
  await waitFor(async () => (await metric('deai_service_up', { service: 'realtime' })) === 0);
  await waitFor(async () => (await incidents()).length > 0);
  await serveHealth('realtime');
  await waitFor(async () => (await incidents()).length > 1);
  await waitFor(async () => (await metric('deai_service_up', { service: 'realtime' })) === 1);
  expect(await incidents()).toEqual(['realtime ok down', 'realtime down ok']);
  await second.stop();
  const { rows } = await db.query<{ detail: string | null }>('select detail from monitoring.incident order by id');
  expect(rows[0]?.detail).toMatch(/^UNAVAILABLE: /);
});

test('survives the loss of its database: statistics go on, its health says so', async () => {
  await start();
  await db.query('alter table monitoring.sample rename to gone');
  await waitFor(async () => (await monitoring.health()).detail?.startsWith('sample: '));
  await expect(bus.request('monitoring.history', { minutes: 1 })).rejects.toBeInstanceOf(DeaiError);
  const before = (await bus.request('monitoring.stats', {})).completedTasks;
  await waitFor(async () => (await bus.request('monitoring.stats', {})).completedTasks > before);
  await db.query('alter table monitoring.gone rename to sample');
  await waitFor(async () => (await monitoring.health()).status === 'ok');
});
