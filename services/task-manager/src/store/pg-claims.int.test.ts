import { newId } from '@deai/protocol';
import { createTestDatabase } from '@deai/testkit';
import { beforeAll, expect, test } from 'vitest';
import type { InstanceCounts } from '../domain/claims.ts';
import type { Lease, LiveTask } from '../domain/task.ts';
import { SAMPLE_OUTPUT, sampleLease, sampleResult, sampleTask } from '../testing/samples.ts';
import { CLAIM_NODES } from './claim.sql.ts';
import { createPgClaims } from './pg-claims.ts';
import { createPgTaskStore } from './pg-task-store.ts';

const COUNTS: InstanceCounts = { completed: 3, failed: 0, cancelled: 0, throughput: 0, queueMsP50: 0, queueMsP95: 0, byKind: [] };

/** Two instances on one database; `old` gives way to `fresh`. */
let old: ReturnType<typeof instance>;
let fresh: ReturnType<typeof instance>;
let db: Awaited<ReturnType<typeof createTestDatabase>>;
let hot: Awaited<ReturnType<typeof db.hotConnections>>;
let requesterId: string;

function instance(id = newId()) {
  return { id, store: createPgTaskStore(db, hot, id), claims: createPgClaims(db, hot, id) };
}

beforeAll(async () => {
  db = await createTestDatabase();
  hot = await db.hotConnections(4, 'test');
  [old, fresh] = [instance(), instance()];
  await old.store.makePartitions(Date.now(), Date.now());
  requesterId = newId();
  await db.query('select ledger.open_account($1, $2)', [requesterId, (10n ** 12n).toString()]);
});

async function stored(by = old): Promise<LiveTask> {
  const task = sampleTask({ requesterId, createdAtMs: Date.now() });
  const fresh = { task, inputText: JSON.stringify(task.input), inputHash: 'hash', labels: null, lease: null };
  expect(await by.store.submit([{ requesterId, tasks: [fresh] }])).toEqual([{ status: 'stored' }]);
  return task;
}
async function leased(more: Partial<Lease> = {}, by = old): Promise<Lease> {
  const task = { ...(await stored(by)), attempt: 1 };
  const lease = sampleLease(task, { assignedAtMs: Date.now(), untilMs: Date.now() + 60_000, ...more });
  expect(await by.store.assign([lease])).toEqual(new Set([lease.leaseId]));
  return lease;
}
const requeue = (lease: Lease) => ({ lease, failure: { code: 'LEASE_EXPIRED', message: 'late' }, lost: 0, endedAtMs: Date.now() });
const ending = (lease: Lease) => ({ ...requeue(lease), taskId: lease.task.id, units: 0, rewardYocto: 0n, feeYocto: 0n });
function completionOf(lease: Lease) {
  const result = sampleResult(lease);
  const money = { units: 1, rewardYocto: 1000n, feeYocto: 50n };
  return {
    lease,
    result,
    signedStartedAtMs: result.startedAtMs,
    ...money,
    output: SAMPLE_OUTPUT,
    outputRef: null,
    outputHash: 'h',
    endedAtMs: Date.now(),
  };
}
const ids = (leases: Lease[]) => leases.map(({ leaseId }) => leaseId).sort();

test('a new home adopts the leases of its node as they are, and those of no other', async () => {
  const nodeId = newId();
  const [first, second, other] = [await leased({ nodeId }), await leased({ nodeId }), await leased()];
  const claimed = await fresh.claims.claimNodes([nodeId]);
  expect(ids(claimed)).toEqual(ids([first, second]));
  const [adopted] = claimed.filter(({ leaseId }) => leaseId === first.leaseId);
  expect(adopted).toMatchObject({ ...first, task: { id: first.task.id, attempt: 1, input: first.task.input } });
  expect((await old.store.requeue([requeue(other)])).size).toBe(1);
});

test("a stale home's start, requeue and failure of an adopted lease are refused; the new home's are written", async () => {
  const lease = await leased();
  await fresh.claims.claimNodes([lease.nodeId]);
  await old.store.start([{ ...lease, startedAtMs: Date.now() }]);
  expect((await old.store.leaseOf(lease.task.id))?.state).toBe('assigned');
  expect(await old.store.requeue([requeue(lease)])).toEqual(new Set());
  expect(await old.store.end('failed', [ending(lease)], 'failure')).toEqual(new Set());
  await fresh.store.start([{ ...lease, startedAtMs: Date.now() }]);
  expect((await fresh.store.leaseOf(lease.task.id))?.state).toBe('in_progress');
  expect(await fresh.store.requeue([requeue(lease)])).toEqual(new Set([lease.leaseId]));
});

test('a result that reaches a stale home is written all the same, once, and a cancellation needs no home', async () => {
  const [lease, cancelled] = [await leased(), await leased()];
  await fresh.claims.claimNodes([lease.nodeId, cancelled.nodeId]);
  const both = await Promise.all([old.store.complete([completionOf(lease)]), fresh.store.complete([completionOf(lease)])]);
  expect(both.map((set) => set.size).sort()).toEqual([0, 1]);
  const end = { ...ending(cancelled), lease: null };
  expect((await old.store.end('cancelled', [end], 'cancellation')).size).toBe(1);
});

test('what was read before another instance attempted it is not assigned', async () => {
  const stale = await stored();
  const lease = sampleLease({ ...stale, attempt: 1 }, { assignedAtMs: Date.now(), untilMs: Date.now() + 60_000 });
  await fresh.store.assign([lease]);
  await fresh.store.requeue([requeue(lease)]);
  const late = sampleLease({ ...stale, attempt: 1 }, { assignedAtMs: Date.now(), untilMs: Date.now() + 60_000 });
  expect(await old.store.assign([late])).toEqual(new Set());
  const next = sampleLease({ ...stale, attempt: 2 }, { assignedAtMs: Date.now(), untilMs: Date.now() + 60_000 });
  expect(await fresh.store.assign([next])).toEqual(new Set([next.leaseId]));
});

test('of many instances that assign the same waiting tasks, each task gets one', async () => {
  const tasks = await Promise.all(Array.from({ length: 40 }, () => stored()));
  const instances = [old, fresh, instance(), instance()];
  const written = await Promise.all(
    instances.map(({ store }) =>
      store.assign(tasks.map((task) => sampleLease({ ...task, attempt: 1 }, { assignedAtMs: Date.now(), untilMs: Date.now() + 60_000 }))),
    ),
  );
  expect(written.reduce((sum, set) => sum + set.size, 0)).toBe(40);
});

test('claims and completions of the same leases in any order never hang or lose one', async () => {
  const nodeId = newId();
  const leases = await Promise.all(Array.from({ length: 60 }, () => leased({ nodeId })));
  const results = await Promise.all([
    old.store.complete(leases.slice(0, 40).reverse().map(completionOf)),
    fresh.claims.claimNodes([nodeId]),
    instance().claims.claimNodes([nodeId]),
  ]);
  expect((results[0] as Set<string>).size).toBe(40);
  expect(ids(await fresh.claims.claimNodes([nodeId]))).toEqual(ids(leases.slice(40)));
});

test('gone instances have one heir each, who gets their leases; what a gone heir had goes on', async () => {
  const [dead, heir, other] = [instance(), instance(), instance()];
  for (const { claims } of [dead, heir, other]) expect((await claims.beat(COUNTS)).lapsed).toBe(true);
  expect((await heir.claims.beat(COUNTS)).lapsed).toBe(false);
  const lease = await leased({}, dead);
  const gone = { orphaned: [dead.id], gone: [dead.id] };
  const heirs = await Promise.all([heir.claims.inherit(gone), other.claims.inherit(gone)]);
  expect(heirs.flat()).toEqual([dead.id]);
  const [first, second] = heirs[0]?.length ? [heir, other] : [other, heir];
  expect(ids(await first.claims.claimInstances([dead.id]))).toEqual([lease.leaseId]);

  const known = (await second.claims.beat(COUNTS)).others.find(({ id }) => id === dead.id);
  expect(known).toMatchObject({ heir: first.id, counts: COUNTS });
  const all = [dead.id, first.id];
  expect((await second.claims.inherit({ orphaned: all, gone: all })).sort()).toEqual(all.sort());
  // Given up, and back: it finds out at its next sign of life.
  expect((await first.claims.beat(COUNTS)).lapsed).toBe(true);
  await first.claims.leave(COUNTS);
  const left = (await second.claims.beat(COUNTS)).others.find(({ id }) => id === first.id);
  expect(left?.heir).toBeNull();
  expect(left?.silentMs).toBeGreaterThan(3_600_000);
});

test('leases that ended long ago are taken from whoever holds them, by one instance', async () => {
  const late = await leased({ untilMs: Date.now() - 60_000 });
  await leased();
  const taken = await Promise.all([
    fresh.claims.claimExpired(Date.now() - 30_000, 10),
    instance().claims.claimExpired(Date.now() - 30_000, 10),
  ]);
  expect(taken.flat().filter(({ leaseId }) => leaseId === late.leaseId).length).toBeGreaterThan(0);
  const writes = await Promise.all([old, fresh].map(({ store }) => store.requeue([requeue(late)])));
  expect(writes[0]?.size).toBe(0);
});

test('waiting tasks are read by who looks after them, and by everybody once nobody does', async () => {
  const [mine, lost] = [instance(), instance()];
  const needs = { kind: 'language-id' as const, model: newId(), memoryMiB: 1, region: '' };
  const task = sampleTask({ requesterId, createdAtMs: Date.now(), needs, classKey: needs.model });
  const fresh = { task, inputText: '{}', inputHash: 'h', labels: null, lease: null };
  await lost.store.submit([{ requesterId, tasks: [fresh] }]);
  const flow = { classKey: needs.model, requesterId, priority: 'normal' as const };
  const first = '00000000-0000-0000-0000-000000000000';
  expect(await mine.store.waitingOf(flow, first, 10, [lost.id])).toEqual([]);
  expect((await mine.store.waitingOf(flow, first, 10, [])).map(({ id }) => id)).toEqual([task.id]);
  expect((await mine.claims.waitingById([task.id, newId()])).map(({ id }) => id)).toEqual([task.id]);
});

test("a node's leases are found by their index, however many tasks there are", async () => {
  await db.query('analyze tasks.task');
  const { rows } = await hot.query<{ 'QUERY PLAN': string }>({ text: `explain (generic_plan) ${CLAIM_NODES}` });
  const scans = rows.map((row) => row['QUERY PLAN']).filter((line) => /Scan/.test(line));
  expect(scans.length).toBeGreaterThan(0);
  for (const scan of scans) expect(scan).toMatch(/Index Scan using \w*node_id_lease_until/);
});
