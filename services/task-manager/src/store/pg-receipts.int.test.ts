import { setTimeout as delay } from 'node:timers/promises';
import { createFolderStore, type ObjectStore } from '@deai/objects';
import { newId, TASK_STATES } from '@deai/protocol';
import { createTestDatabase, type TestDatabase, tempDir, waitFor } from '@deai/testkit';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { ReceiptStore } from '../domain/receipts.ts';
import type { Completion, Lease } from '../domain/task.ts';
import { SAMPLE_OUTPUT, sampleLease, sampleResult, sampleTask } from '../testing/samples.ts';
import { createArchiveReader } from './archive-reader.ts';
import { createPartitionMap, type PartitionMap } from './partitions.ts';
import { createPgArchive } from './pg-archive.ts';
import { createPgReceipts } from './pg-receipts.ts';
import { createPgTaskStore } from './pg-task-store.ts';

const DAY = 86_400_000;
const HASH = 'ab'.repeat(32);
const PROOF = [`L${HASH}`, `R${HASH}`];

let db: TestDatabase;
let objects: ObjectStore;
let map: PartitionMap;
let store: ReturnType<typeof createPgTaskStore>;
let receipts: ReceiptStore;
let requesterId: string;

beforeEach(async () => {
  db = await createTestDatabase();
  objects = await createFolderStore({ directory: await tempDir('deai-receipts-') });
  map = createPartitionMap(db);
  const archive = createArchiveReader(db, objects);
  store = createPgTaskStore(db, await db.hotConnections(4, 'test'), newId(), { partitions: map, archive });
  receipts = createPgReceipts(db, archive);
  await store.makePartitions(Date.now(), Date.now());
  requesterId = newId();
  await db.query('select ledger.open_account($1, $2)', [requesterId, (10n ** 12n).toString()]);
});

async function leased(): Promise<Lease> {
  const task = sampleTask({ requesterId, createdAtMs: Date.now() });
  const fresh = { task, inputText: JSON.stringify(task.input), inputHash: HASH, labels: null, lease: null };
  expect(await store.submit([{ requesterId, tasks: [fresh] }])).toEqual([{ status: 'stored' }]);
  const lease = sampleLease({ ...task, attempt: 1 }, { assignedAtMs: Date.now(), untilMs: Date.now() + 60_000 });
  expect((await store.assign([lease])).size).toBe(1);
  return lease;
}
function completionOf(lease: Lease, more: Partial<Completion> = {}): Completion {
  const result = sampleResult(lease, { signature: 'sig', proof: PROOF });
  const money = { units: 1, rewardYocto: 600n, feeYocto: 30n };
  const output = { output: SAMPLE_OUTPUT, outputRef: null, outputHash: HASH, endedAtMs: Date.now() };
  return { lease, result, signedStartedAtMs: result.startedAtMs, ...money, ...output, ...more };
}
async function log(after = '0', limit = 1_000) {
  return await receipts.completedSince(after, limit);
}
async function idsInLog(): Promise<string[]> {
  return (await log()).flatMap(({ taskIds }) => taskIds);
}

test('a receipt states what the node signed, where it differs from what was judged too, and the same once archived', async () => {
  const leases = [await leased(), await leased(), await leased()];
  const [plain, early, fixed] = leases.map((lease) => completionOf(lease)) as [Completion, Completion, Completion];
  early.signedStartedAtMs = early.lease.assignedAtMs - 7_777;
  fixed.result = { ...fixed.result, units: 0.1 + 0.2, runMs: 1e-7 };
  await store.complete([plain, early, fixed]);
  const open = await leased();
  const ids = [fixed, open, early, plain].map((each) => ('lease' in each ? each.lease : each).task.id);
  const facts = await receipts.facts([...ids, newId()]);
  expect(facts.map(({ taskId }) => taskId)).toEqual([ids[0], ids[2], ids[3]]);
  expect(facts[0]).toEqual({
    taskId: ids[0],
    leaseId: fixed.lease.leaseId,
    requesterId,
    operatorId: fixed.lease.operatorId,
    nodeId: fixed.lease.nodeId,
    kind: 'language-id',
    model: 'lid-176',
    inputHash: HASH,
    outputHash: HASH,
    units: 0.1 + 0.2,
    rewardYocto: '600',
    feeYocto: '30',
    startedAtMs: fixed.result.startedAtMs,
    runMs: 1e-7,
    path: PROOF,
    signature: 'sig',
  });
  expect(facts[1]?.startedAtMs).toBe(early.lease.assignedAtMs - 7_777);
  expect(facts[2]).toMatchObject({ units: 1, startedAtMs: plain.result.startedAtMs, runMs: 5 });
  expect((await store.detail(ids[0] as string))?.task).toMatchObject({ unitsUsed: 1 });

  await db.query(`update tasks.task set state = ${TASK_STATES.cancelled} where id = $1`, [open.task.id]);
  expect((await createPgArchive(db, objects, map).archive(Date.now() + 9 * DAY))?.tasks).toBe(4);
  expect(await receipts.facts(ids)).toEqual(facts);
});

test('numbers come back digit by digit as JavaScript prints them', async () => {
  const number = fc.oneof(fc.double({ min: 0, max: 1e12, noNaN: true }), fc.constantFrom(0, -0, 5e-324, 1e-7, 1e10, 123456789.12345679));
  const cases = fc.sample(fc.tuple(number, number, fc.integer({ min: 0, max: 8_640_000_000_000_000 })), 60);
  const completions = await Promise.all(
    cases.map(async ([units, runMs, signedStartedAtMs]) => {
      const lease = await leased();
      return completionOf(lease, { signedStartedAtMs, result: { ...sampleResult(lease, { proof: PROOF }), units, runMs } });
    }),
  );
  expect((await store.complete(completions)).size).toBe(60);
  const ids = completions.map(({ lease }) => lease.task.id);
  const printed = async () => (await receipts.facts(ids)).map((f) => [String(f.units), String(f.runMs), String(f.startedAtMs)]);
  const expected = cases.map((values) => values.map(String));
  expect(await printed()).toEqual(expected);
  await createPgArchive(db, objects, map).archive(Date.now() + 9 * DAY);
  expect(await printed()).toEqual(expected);
});

test('each commit that completes tasks is one row of the log, and one that completes none is no row', async () => {
  const leases = [await leased(), await leased(), await leased()];
  await store.complete(leases.slice(0, 2).map((lease) => completionOf(lease)));
  await store.complete([completionOf(leases[0] as Lease)]);
  await store.complete([completionOf(leases[2] as Lease)]);
  const commits = await waitFor(async () => ((await log()).length === 2 ? await log() : undefined));
  expect(commits.map(({ taskIds }) => new Set(taskIds))).toEqual([
    new Set(leases.slice(0, 2).map(({ task }) => task.id)),
    new Set([leases[2]?.task.id]),
  ]);
  expect(await log(commits[0]?.id)).toEqual(commits.slice(1));
  expect(await log('0', 1)).toEqual(commits.slice(0, 1));
});

test('a commit that took long appears before later ones, which wait for it', async () => {
  const [slow, quick] = [newId(), newId()];
  const insert = 'insert into tasks.completion_log (task_ids) values (array[$1::uuid])';
  await db.transaction(async (client) => {
    await client.query('select pg_current_xact_id()');
    await db.query(insert, [quick]);
    expect(await idsInLog()).toEqual([]);
    await client.query(insert, [slow]);
  });
  await waitFor(async () => (await idsInLog()).length === 2);
  expect(await idsInLog()).toEqual([slow, quick]);
});

test('a reader that pages through the log while many commit, some of them late or in vain, misses none and sees none twice', async () => {
  const committed = new Set<string>();
  const writer = async (seed: number) => {
    for (let i = 0; i < 25; i++) {
      const id = newId();
      await db
        .transaction(async (client) => {
          if ((i + seed) % 3 === 0) await client.query('select pg_current_xact_id()');
          await delay((i * seed) % 7);
          await client.query('insert into tasks.completion_log (task_ids) values (array[$1::uuid])', [id]);
          await delay((i + seed) % 5);
          if (i % 6 === 5) throw new Error('undone');
        })
        .then(
          () => committed.add(id),
          () => undefined,
        );
    }
  };
  const seen: string[] = [];
  let after = '0';
  const read = async () => {
    const commits = await log(after, 3);
    seen.push(...commits.flatMap(({ taskIds }) => taskIds));
    after = commits.at(-1)?.id ?? after;
  };
  let writing = true;
  const writers = Promise.all([1, 2, 3, 4, 5].map(writer)).finally(() => {
    writing = false;
  });
  while (writing) await read();
  await writers;
  await waitFor(async () => {
    await read();
    return seen.length >= committed.size;
  });
  expect(seen).toHaveLength(committed.size);
  expect(new Set(seen)).toEqual(committed);
});

test('the log is kept by age while nobody settles, and from the first settlement on until it is settled', async () => {
  const complete = async () => store.complete([completionOf(await leased())]);
  await complete();
  await complete();
  expect(await receipts.forgetUnsettled(Date.now() - DAY)).toBe(0);
  expect(await receipts.forgetUnsettled(Date.now() + DAY)).toBe(2);
  for (let i = 0; i < 3; i++) await complete();
  const commits = await waitFor(async () => ((await log()).length === 3 ? await log() : undefined));
  await receipts.settledThrough(commits[1]?.id as string);
  expect(await log()).toEqual(commits.slice(2));
  expect(await receipts.forgetUnsettled(Date.now() + DAY)).toBe(0);
  await receipts.settledThrough(commits[0]?.id as string);
  expect(await log()).toEqual(commits.slice(2));
});
