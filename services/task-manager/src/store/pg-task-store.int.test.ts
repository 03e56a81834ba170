import { newId } from '@deai/protocol';
import { createTestDatabase } from '@deai/testkit';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Submission } from '../domain/ports.ts';
import type { Completion, Lease, LiveTask, NewTask } from '../domain/task.ts';
import { SAMPLE_OUTPUT, sampleLease, sampleResult, sampleTask } from '../testing/samples.ts';
import { createPgTaskStore } from './pg-task-store.ts';
import { ASSIGN, COMPLETE, endStatement, REQUEUE, START } from './transition.sql.ts';

let db: Awaited<ReturnType<typeof createTestDatabase>>;
let store: ReturnType<typeof createPgTaskStore>;

beforeAll(async () => {
  db = await createTestDatabase();
  store = createPgTaskStore(db, await db.hotConnections(4, 'test'), newId());
  await store.makePartitions(Date.now(), Date.now());
});

async function requesterWith(yocto: bigint): Promise<string> {
  const id = newId();
  await db.query('select ledger.open_account($1, $2)', [id, yocto.toString()]);
  return id;
}
function newTask(requesterId: string, more: Partial<LiveTask> = {}): NewTask {
  const task = sampleTask({ requesterId, createdAtMs: Date.now(), ...more });
  return { task, inputText: JSON.stringify(task.input), inputHash: 'hash', labels: null, lease: null };
}
function submission(requesterId: string, tasks: NewTask[], key?: string): Submission {
  return { requesterId, tasks, ...(key ? { idempotency: { key, requestHash: `hash of ${key}` } } : {}) };
}
function completionOf(lease: Lease, more: Partial<Completion> = {}): Completion {
  const result = sampleResult(lease);
  return {
    lease,
    result,
    signedStartedAtMs: result.startedAtMs,
    units: 1,
    rewardYocto: 1000n,
    feeYocto: 50n,
    output: SAMPLE_OUTPUT,
    outputRef: null,
    outputHash: 'h',
    endedAtMs: Date.now(),
    ...more,
  };
}
async function balances(ownerId: string): Promise<Record<string, string>> {
  const { rows } = await db.query<{ type: string; balance: string }>('select type, balance from ledger.account where owner_id = $1', [
    ownerId,
  ]);
  return Object.fromEntries(rows.map((row) => [row.type, row.balance]));
}
async function stored(requesterId: string, more: Partial<LiveTask> = {}): Promise<LiveTask> {
  const fresh = newTask(requesterId, more);
  expect(await store.submit([submission(requesterId, [fresh])])).toEqual([{ status: 'stored' }]);
  return fresh.task;
}
async function leased(requesterId: string): Promise<Lease> {
  const lease = sampleLease({ ...(await stored(requesterId)), attempt: 1 }, { assignedAtMs: Date.now(), untilMs: Date.now() + 60_000 });
  expect(await store.assign([lease])).toEqual(new Set([lease.leaseId]));
  return lease;
}

test('a stored task holds its quote, and its completion pays node and fee and returns the rest', async () => {
  const requester = await requesterWith(10_000n);
  const lease = await leased(requester);
  expect(await balances(requester)).toMatchObject({ available: '8950', held: '1050' });
  expect(await store.complete([completionOf(lease, { rewardYocto: 600n, feeYocto: 30n })])).toEqual(new Set([lease.leaseId]));
  expect(await balances(requester)).toMatchObject({ available: '9370', held: '0' });
  expect(await balances(lease.operatorId)).toMatchObject({ earned: '600' });
  const detail = await store.detail(lease.task.id);
  expect(detail?.task).toMatchObject({ status: 'completed', priceYocto: '630', refundYocto: '420', runMs: 5 });
  expect(await store.outputOf(lease.task.id)).toEqual({ output: SAMPLE_OUTPUT, outputRef: null });
});

test('a second completion of the same lease changes nothing', async () => {
  const requester = await requesterWith(10_000n);
  const lease = await leased(requester);
  const both = await Promise.all([store.complete([completionOf(lease)]), store.complete([completionOf(lease)])]);
  expect(both.map((set) => set.size).sort()).toEqual([0, 1]);
  expect(await balances(lease.operatorId)).toMatchObject({ earned: '1000' });
});

test('a completion under a lease that was given to another node is not written', async () => {
  const requester = await requesterWith(10_000n);
  const lost = await leased(requester);
  const failure = { code: 'LEASE_EXPIRED', message: 'late' };
  expect(await store.requeue([{ lease: lost, failure, lost: 0, endedAtMs: Date.now() }])).toEqual(new Set([lost.leaseId]));
  const next = sampleLease({ ...lost.task, attempt: 2 }, { assignedAtMs: Date.now(), untilMs: Date.now() + 1 });
  await store.assign([next]);
  expect(await store.complete([completionOf(lost)])).toEqual(new Set());
  expect(await store.complete([completionOf(next)])).toEqual(new Set([next.leaseId]));
  const events = (await store.events(lost.task.id)).map((e) => e.event);
  expect(events).toEqual(['submitted', 'assigned', 'attempt_failed', 'assigned', 'started', 'completed']);
});

test('a failed and a cancelled task return the whole hold', async () => {
  const requester = await requesterWith(10_000n);
  const [lease, waiting] = [await leased(requester), await stored(requester)];
  const nothing = { units: 0, rewardYocto: 0n, feeYocto: 0n, endedAtMs: Date.now() };
  const failure = { code: 'EXECUTION_FAILED', message: 'no' };
  expect((await store.end('failed', [{ taskId: lease.task.id, lease, failure, ...nothing }], 'failure')).size).toBe(1);
  expect((await store.end('cancelled', [{ taskId: waiting.id, lease: null, failure, ...nothing }], 'cancellation')).size).toBe(1);
  expect((await store.end('cancelled', [{ taskId: waiting.id, lease: null, failure, ...nothing }], 'cancellation')).size).toBe(0);
  expect(await balances(requester)).toMatchObject({ available: '10000', held: '0' });
});

test('submissions that share a commit succeed and fail each on its own funds', async () => {
  const [rich, poor, unknown] = [await requesterWith(10_000n), await requesterWith(1_500n), newId()];
  const outcomes = await store.submit([
    submission(poor, [newTask(poor)]),
    submission(rich, [newTask(rich), newTask(rich)]),
    submission(poor, [newTask(poor)]),
    submission(unknown, [newTask(unknown)]),
  ]);
  expect(outcomes).toEqual([
    { status: 'stored' },
    { status: 'stored' },
    { status: 'refused', code: 'INSUFFICIENT_FUNDS' },
    { status: 'refused', code: 'NO_ACCOUNT' },
  ]);
  expect(await balances(poor)).toMatchObject({ available: '450', held: '1050' });
});

test('an idempotency key stores its tasks once, under any concurrency, and refuses another request', async () => {
  const requester = await requesterWith(1_000_000n);
  const attempts = await Promise.all(Array.from({ length: 50 }, () => store.submit([submission(requester, [newTask(requester)], 'once')])));
  const outcomes = attempts.flat();
  expect(outcomes.filter((o) => o.status === 'stored')).toHaveLength(1);
  const ids = new Set(outcomes.flatMap((o) => (o.status === 'repeated' ? o.taskIds : [])));
  expect(ids.size).toBe(1);
  expect(await balances(requester)).toMatchObject({ held: '1050' });
  const other = { ...submission(requester, [newTask(requester)]), idempotency: { key: 'once', requestHash: 'other' } };
  expect(await store.submit([other])).toEqual([{ status: 'refused', code: 'IDEMPOTENCY_KEY_REUSED' }]);
});

test('finds the flows that wait, and reads each in order, page by page', async () => {
  const [a, b] = [await requesterWith(1_000_000n), await requesterWith(1_000_000n)];
  const needs = { kind: 'language-id' as const, model: newId(), memoryMiB: 1, region: '' };
  const mine = { needs, classKey: needs.model };
  const tasks: LiveTask[] = [];
  for (let i = 0; i < 5; i++) tasks.push(await stored(a, mine));
  await stored(b, { ...mine, priority: 'high' });
  const flows = (await store.waitingFlows()).filter((f) => f.flow.classKey === needs.model);
  expect(flows.map((f) => f.flow)).toEqual(
    [a, b].sort().map((requesterId) => ({ classKey: needs.model, requesterId, priority: requesterId === a ? 'normal' : 'high' })),
  );
  const flow = { classKey: needs.model, requesterId: a, priority: 'normal' as const };
  const first = await store.waitingOf(flow, '00000000-0000-0000-0000-000000000000', 3, []);
  const rest = await store.waitingOf(flow, first.at(-1)?.id ?? '', 3, []);
  expect([...first, ...rest].map((t) => t.id)).toEqual(tasks.map((t) => t.id));
});

test('lists pages without gaps or repeats, with filters', async () => {
  const requester = await requesterWith(1_000_000n);
  for (let i = 0; i < 5; i++) await stored(requester);
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await store.list(requester, { limit: 2, ...(cursor ? { cursor } : {}) });
    seen.push(...page.items.map((t) => t.id));
    cursor = page.nextCursor;
  } while (cursor);
  expect(new Set(seen).size).toBe(5);
  expect(seen).toEqual([...seen].sort().reverse());
  expect((await store.list(requester, { status: 'completed' })).items).toEqual([]);
  expect((await store.list(requester, { label: 'a=b' })).items).toEqual([]);
  await expect(store.list(requester, { cursor: 'nonsense' })).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
});

test('whatever happens to tasks, money is neither made nor lost, and holds are those of open tasks', async () => {
  const act = fc.record({
    what: fc.constantFrom('submit', 'assign', 'complete', 'repeat', 'requeue', 'fail', 'cancel'),
    pick: fc.nat(9),
    reward: fc.bigInt(0n, 1000n),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 25 }), async (acts) => {
      const requester = await requesterWith(8_000n);
      const leases: Lease[] = [];
      const tasks: LiveTask[] = [];
      for (const { what, pick, reward } of acts) {
        const lease = leases[pick % Math.max(1, leases.length)];
        const task = tasks[pick % Math.max(1, tasks.length)];
        const nothing = { units: 0, rewardYocto: 0n, feeYocto: 0n, endedAtMs: Date.now(), failure: { code: 'X', message: '' } };
        if (what === 'submit') {
          const fresh = newTask(requester);
          const [outcome] = await store.submit([submission(requester, [fresh])]);
          if (outcome?.status === 'stored') tasks.push(fresh.task);
        } else if (what === 'assign' && task) {
          const next = sampleLease({ ...task, attempt: task.attempt + 1 }, { assignedAtMs: Date.now(), untilMs: Date.now() + 1e6 });
          if ((await store.assign([next])).size === 1) leases.push(next);
        } else if ((what === 'complete' || what === 'repeat') && lease) {
          await store.complete([completionOf(lease, { rewardYocto: reward, feeYocto: 50n })]);
          if (what === 'repeat') expect((await store.complete([completionOf(lease)])).size).toBe(0);
        } else if (what === 'requeue' && lease) await store.requeue([{ lease, failure: nothing.failure, lost: 1, endedAtMs: Date.now() }]);
        else if (what === 'fail' && lease) await store.end('failed', [{ ...nothing, taskId: lease.task.id, lease }], 'failure');
        else if (what === 'cancel' && task) await store.end('cancelled', [{ ...nothing, taskId: task.id, lease: null }], 'cancellation');
      }
      const { rows } = await db.query<{ sum: string; held: string; open: string }>(
        `select (select sum(balance) from ledger.account) as sum, (select balance from ledger.account where owner_id = $1 and type = 'held') as held,
           (select coalesce(sum(hold), 0) from tasks.task where requester_id = $1 and state in (0, 1, 2)) as open`,
        [requester],
      );
      expect(rows[0]?.sum).toBe('0');
      expect(rows[0]?.held).toBe(rows[0]?.open);
    }),
    { numRuns: 25 },
  );
});

test.each([
  ['assign', ASSIGN],
  ['start', START],
  ['complete', COMPLETE],
  ['requeue', REQUEUE],
  ['end', endStatement('failed', 'failure')],
])('%s reads the batch and finds each task by its key once there are tasks, analysed or not', async (_name, statement) => {
  const fresh = await createTestDatabase();
  await fresh.query(FILL, ['01a00000-0000-7000-8000-']);
  const hot = await fresh.hotConnections(1, 'plan');
  for (const analysed of [false, true]) {
    if (analysed) await fresh.query('analyze tasks.task');
    const { rows } = await hot.query<{ 'QUERY PLAN': string }>({ text: `explain (generic_plan) ${statement}` });
    const lines = rows.map((row) => row['QUERY PLAN']);
    const scans = lines.flatMap((line, i) => (/Scan.* on task_/.test(line) ? [`${line} ${lines[i + 1]}`] : []));
    expect(scans.length).toBeGreaterThan(0);
    for (const scan of scans) expect(scan).toMatch(/Index Scan using task_\w*pkey.*Index Cond: \(\(?id = \w+\.id/);
  }
  await fresh.drop();
});

const FILL = `
insert into tasks.task (id, requester_id, state, class, kind, model, memory_mib, region, priority, timeout_ms, max_attempts,
  unit_yocto, fee_bps, units_quoted, hold, input_hash, created_at)
select ($1 || lpad(to_hex(i), 12, '0'))::uuid, gen_random_uuid(), i % 6, 'c', 'wasm', 'm', 1, '', 1, 1, 1, 1, 1, 1, 1, '', now()
from generate_series(1, 5000) i`;
