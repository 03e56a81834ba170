import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CLOSE_CODES, canonicalJson, type NodeOffer, newKeyPair, type TaskRequest, type WireTask } from '@deai/protocol';
import { waitFor } from '@deai/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Account, type NodeIdentity, registerAccount, registerNode } from './src/accounts.ts';
import { allTasks, expectPaidFor } from './src/books.ts';
import { startHonestNode } from './src/honest-node.ts';
import { languageTask } from './src/load.ts';
import { startNetwork } from './src/network-process.ts';
import { type NodeSession, offerOf, openNodeSession, resultOf } from './src/node-session.ts';

const MAX_FRAME_BYTES = 65_536;
const CAPABILITIES = [
  { kind: 'language-id', models: ['lid-176'], unitsPerSecond: 1_000 },
  { kind: 'wasm', models: ['wasi-p1'], unitsPerSecond: 1 },
];
const WASM: TaskRequest = { kind: 'wasm', input: { module: 'AGFzbQEAAAA=' }, timeoutMs: 10_000 };
const WASM_OUTPUT = canonicalJson({ exitCode: 0, stderr: '', stdout: '' });

let url: string;
let requester: Account;
let crook: Account;
let honest: Account;

beforeAll(async () => {
  const env = { DEAI_TASKS_LEASE_SLACK_MS: '300', DEAI_NODES_GRACE_MS: '300', DEAI_MAX_FRAME_BYTES: String(MAX_FRAME_BYTES) };
  ({ url } = await startNetwork({ env }));
  [requester, crook, honest] = await Promise.all([
    registerAccount(url, 'requester'),
    registerAccount(url, 'operator'),
    registerAccount(url, 'operator'),
  ]);
});
/** A node of the crook's in a region of its own, so that a task for that region is given to it. */
interface Lair {
  region: string;
  offer: NodeOffer;
  identity: NodeIdentity;
  session: NodeSession;
}

async function openLair(): Promise<Lair> {
  const region = randomUUID();
  const offer = offerOf({ region, capabilities: CAPABILITIES });
  const identity = await registerNode(url, crook.apiKey, region);
  const session = await openNodeSession(identity);
  await session.hello({ offer });
  return { region, offer, identity, session };
}

async function lure({ region, session }: Lair, task: TaskRequest = languageTask()): Promise<WireTask> {
  const { id } = await requester.client.tasks.submit({ ...task, requirements: { region } });
  return await session.task(({ taskId }) => taskId === id);
}

const earnedByCrook = async () => BigInt((await crook.client.user.billing()).earnedYocto);

/** An honest node comes to the region: the task ends there. */
async function endsHonestly({ region }: Lair, { taskId }: WireTask) {
  const before = await earnedByCrook();
  const node = await startHonestNode(await registerNode(url, honest.apiKey, region), { offer: { region } });
  const task = await requester.client.tasks.wait(taskId, { timeoutMs: 20_000 });
  expect(task).toMatchObject({ status: 'completed', nodeId: node.nodeId });
  expect(await earnedByCrook()).toBe(before);
  await node.stop();
  return task;
}

describe('before the session is open', () => {
  const opening = async () => await openNodeSession(await registerNode(url, crook.apiKey));
  const heartbeat = '{"type":"heartbeat"}';

  test.each([
    ['text that is not JSON', 'garbage', 'not JSON'],
    ['JSON that is no object', 'null', 'unknown type'],
    ['a frame of no known type', '{"type":"__proto__"}', 'unknown type'],
    ['a binary frame', randomBytes(64), 'frames are text'],
    ['a hello without its fields', '{"type":"hello"}', ''],
    ['another frame than the hello', heartbeat, ''],
  ])('%s ends the connection, with the reason', async (_name, data, problem) => {
    const session = await opening();
    session.sendRaw(data);
    expect(await session.error()).toMatchObject({ code: 'NODE_FRAME_INVALID', ...(problem && { details: { problem } }) });
    expect((await session.closed).code).toBe(CLOSE_CODES.unauthenticated);
  });

  test('a session signed with another key is refused', async () => {
    const identity = await registerNode(url, crook.apiKey);
    const session = await openNodeSession({ ...identity, privateKey: newKeyPair().privateKey });
    await expect(session.hello()).rejects.toThrow('closed');
    expect(await session.error()).toMatchObject({ code: 'NODE_SIGNATURE_INVALID' });
    expect(await session.closed).toEqual({ code: CLOSE_CODES.unauthenticated, reason: 'NODE_SIGNATURE_INVALID' });
  });

  test('the signature of another session does not open this one', async () => {
    const identity = await registerNode(url, crook.apiKey);
    const elsewhere = await openNodeSession({ ...identity, networkId: 'another-network' });
    await expect(elsewhere.hello()).rejects.toThrow('closed');
    expect(await elsewhere.error()).toMatchObject({ code: 'NODE_SIGNATURE_INVALID' });
  });

  test('a node that nobody registered is told to register', async () => {
    const session = await openNodeSession({ ...(await registerNode(url, crook.apiKey)), nodeId: randomUUID() });
    await expect(session.hello()).rejects.toThrow('closed');
    expect(await session.error()).toMatchObject({ code: 'NODE_NOT_FOUND', details: { hint: expect.any(String) } });
  });
});

describe('broken frames of an open session', () => {
  test.each(['\u0000', 'a\ud800b'])('an offer and a refusal with the text %j do no harm', async (text) => {
    const lair = await openLair();
    const task = await lure(lair);
    lair.session.send({ type: 'report', refused: [{ leaseId: task.leaseId, reason: text }] });
    await waitFor(async () => (await requester.client.tasks.events(task.taskId)).some(({ error }) => error?.code === 'NODE_REFUSED'));
    await lair.session.cut();
    const odd = await openNodeSession(lair.identity);
    const hardware = { ...lair.offer.hardware, cpu: text };
    await odd
      .hello({ offer: { ...lair.offer, agentVersion: text, hardware, capabilities: [{ kind: text, models: [text], unitsPerSecond: 1 }] } })
      .catch(() => {});
    await odd.cut();
    await endsHonestly(lair, task);
  });

  test('two are told, the third ends the session, and its tasks run elsewhere', async () => {
    const lair = await openLair();
    const task = await lure(lair);
    lair.session.sendRaw('{"type":"results","results":[]}');
    expect(await lair.session.error(1)).toMatchObject({ code: 'NODE_FRAME_INVALID', details: { type: 'results' } });
    lair.session.sendRaw(randomBytes(100));
    expect(await lair.session.error(2)).toMatchObject({ code: 'NODE_FRAME_INVALID', details: { problem: 'frames are text' } });
    lair.session.sendRaw('{"type":"bribe","yocto":"1"}');
    expect(await lair.session.error(3)).toMatchObject({ code: 'NODE_FRAME_INVALID', details: { problem: 'unknown type' } });
    expect((await lair.session.closed).code).toBe(CLOSE_CODES.invalidFrame);
    await endsHonestly(lair, task);
  });

  test('a frame above the limit ends the connection, and its tasks run elsewhere', async () => {
    const lair = await openLair();
    const task = await lure(lair);
    lair.session.sendRaw(`"${'x'.repeat(MAX_FRAME_BYTES)}"`);
    expect((await lair.session.closed).code).toBe(1009);
    await endsHonestly(lair, task);
  });
});

test('a node that goes while its session opens is not given work', async () => {
  const lair = await openLair();
  await lair.session.cut();
  for (let i = 0; i < 40; i++) {
    const session = await openNodeSession(await registerNode(url, crook.apiKey, lair.region));
    session.hello({ offer: lair.offer }).catch(() => {});
    // Opening takes the server some milliseconds: each time, the socket goes at another point of it.
    await delay(i / 4);
    await session.cut();
  }
  await waitFor(async () => {
    const stats = await requester.client.nodes.stats();
    return !stats.byRegion.some(({ region, online }) => region === lair.region && online > 0);
  });
  const { id } = await requester.client.tasks.submit(languageTask({ requirements: { region: lair.region } }));
  expect(await requester.client.tasks.why(id)).toMatchObject({ reason: 'nodes_offline', nodes: { online: 0, free: 0 } });
  const node = await startHonestNode(await registerNode(url, honest.apiKey, lair.region), { offer: { region: lair.region } });
  expect(await requester.client.tasks.wait(id, { timeoutMs: 20_000 })).toMatchObject({
    status: 'completed',
    attempt: 1,
    nodeId: node.nodeId,
  });
  await node.stop();
});

describe('results that are not its own', () => {
  test('a wrong signature is refused and costs nothing: the right one is taken', async () => {
    const lair = await openLair();
    const task = await lure(lair);
    lair.session.results([resultOf(task)], Buffer.alloc(64).toString('base64'));
    expect(await lair.session.ack(task.leaseId)).toMatchObject({ accepted: false, code: 'NODE_SIGNATURE_INVALID', message: /./ });
    lair.session.results([resultOf(task)]);
    expect(await lair.session.ack(task.leaseId, 2)).toMatchObject({ accepted: true });
  });

  test("another node's lease is refused, and that node is paid for it", async () => {
    const [owner, thief] = [await openLair(), await openLair()];
    const task = await lure(owner);
    thief.session.results([resultOf(task)]);
    expect(await thief.session.ack(task.leaseId)).toMatchObject({ accepted: false, code: 'LEASE_NOT_YOURS' });
    thief.session.send({ type: 'report', refused: [{ leaseId: task.leaseId, reason: 'not mine, but who looks' }] });
    owner.session.results([resultOf(task)]);
    expect(await owner.session.ack(task.leaseId)).toMatchObject({ accepted: true });
    expect(await requester.client.tasks.get(task.taskId)).toMatchObject({ status: 'completed', nodeId: owner.identity.nodeId });
    thief.session.results([resultOf(task)]);
    expect(await thief.session.ack(task.leaseId, 2)).toMatchObject({ accepted: false, code: 'LEASE_NOT_YOURS' });
  });

  test('an invented lease, and an own lease for a task of somebody else, are refused', async () => {
    const [owner, thief] = [await openLair(), await openLair()];
    const theirs = await lure(owner);
    const mine = await lure(thief);
    const invented = { ...mine, taskId: randomUUID(), leaseId: randomUUID() };
    thief.session.results([resultOf(invented)]);
    expect(await thief.session.ack(invented.leaseId)).toMatchObject({ accepted: false, code: 'LEASE_UNKNOWN' });
    thief.session.results([resultOf({ ...mine, taskId: theirs.taskId })]);
    expect(await thief.session.ack(mine.leaseId)).toMatchObject({ accepted: false, code: 'LEASE_LOST' });
    expect(await requester.client.tasks.get(theirs.taskId)).toMatchObject({ status: 'assigned' });
    for (const [lair, task] of [
      [owner, theirs],
      [thief, mine],
    ] as const) {
      lair.session.results([resultOf(task)]);
      expect((await requester.client.tasks.wait(task.taskId, { timeoutMs: 10_000 })).status).toBe('completed');
    }
  });
});

describe('results sent again', () => {
  test('the second of two is a duplicate, in one frame and in the next', async () => {
    const lair = await openLair();
    const task = await lure(lair);
    const before = await earnedByCrook();
    lair.session.results([resultOf(task), resultOf(task)]);
    const answers = [await lair.session.ack(task.leaseId, 1), await lair.session.ack(task.leaseId, 2)];
    expect(answers.map(({ accepted }) => accepted).sort()).toEqual([false, true]);
    expect(answers.find(({ accepted }) => !accepted)).toMatchObject({ code: 'RESULT_DUPLICATE' });
    lair.session.results([resultOf(task)]);
    expect(await lair.session.ack(task.leaseId, 3)).toMatchObject({ accepted: false, code: 'RESULT_DUPLICATE' });
    const { rewardYocto } = await requester.client.tasks.get(task.taskId);
    expect(await earnedByCrook()).toBe(before + BigInt(rewardYocto ?? 0));
  });

  test('after the lease ended the node is told to stop, and its late result is refused', async () => {
    const lair = await openLair();
    const task = await lure(lair, languageTask({ timeoutMs: 200 }));
    const told = Promise.withResolvers<string[]>();
    lair.session.onFrame((frame) => frame.type === 'cancel' && told.resolve(frame.leases));
    expect(await told.promise).toEqual([task.leaseId]);
    lair.session.results([resultOf(task)]);
    expect(await lair.session.ack(task.leaseId)).toMatchObject({ accepted: false, code: 'LEASE_LOST' });
    await lair.session.cut();
    await endsHonestly(lair, task);
    const events = await requester.client.tasks.events(task.taskId);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'attempt_failed', error: expect.objectContaining({ code: 'LEASE_EXPIRED' }) }),
    );
  });
});

describe('results that are wrong', () => {
  const wrong: [string, unknown, RegExp][] = [
    ['no output that its kind has', canonicalJson({ results: 'english' }), /results/],
    ['fewer items than were asked for', canonicalJson({ results: [[{ confidence: 1, language: 'en' }]] }), /1 items for 2 texts/],
    ['JSON that is not canonical', '{ "results": [[{"language":"en","confidence":1}],[{"language":"en","confidence":1}]] }', /canonical/],
    ['no JSON at all', 'results', /not JSON/],
  ];
  test.each(wrong)('%s: refused with the reason, and another node does the task', async (_name, output, problem) => {
    const lair = await openLair();
    const task = await lure(lair, { kind: 'language-id', input: { texts: ['one', 'two'] } });
    lair.session.results([resultOf(task, { output: output as string })]);
    expect(await lair.session.ack(task.leaseId)).toMatchObject({
      accepted: false,
      code: 'RESULT_INVALID',
      message: expect.stringMatching(problem),
    });
    await lair.session.cut();
    const ended = await endsHonestly(lair, task);
    const events = await requester.client.tasks.events(ended.id);
    expect(events.find(({ event }) => event === 'attempt_failed')?.error?.code).toBe('RESULT_INVALID');
  });

  test.each([
    ['more units than were quoted', 1_000, /quoted/],
    ['more seconds than have passed', 9, /seconds in less time/],
  ])('%s: refused, and the true ones are paid for on another attempt', async (_name, units, problem) => {
    const lair = await openLair();
    const task = await lure(lair, WASM);
    lair.session.results([{ ...stampOf(task), units, output: WASM_OUTPUT }]);
    expect(await lair.session.ack(task.leaseId)).toMatchObject({ code: 'RESULT_INVALID', message: expect.stringMatching(problem) });
    const again = await lair.session.task(({ taskId, leaseId }) => taskId === task.taskId && leaseId !== task.leaseId);
    lair.session.results([{ ...stampOf(again), units: 0.01, output: WASM_OUTPUT }]);
    expect(await lair.session.ack(again.leaseId)).toMatchObject({ accepted: true });
    expect(await requester.client.tasks.get(task.taskId)).toMatchObject({ status: 'completed', attempt: 2, unitsUsed: 0.01 });
  });

  test.each([
    ['a failure', (text: string) => ({ output: undefined, failure: { code: 'EXECUTION_FAILED', message: text, cause: 'node' as const } })],
    ['a wrong output', (text: string) => ({ output: canonicalJson({ [text]: 1 }) })],
  ])('%s told in text that a database cannot keep ends the attempt like any other', async (_name, changes) => {
    for (const text of ['\u0000', 'a\ud800b']) {
      const lair = await openLair();
      const task = await lure(lair);
      lair.session.results([resultOf(task, changes(text) as never)]);
      expect((await lair.session.ack(task.leaseId)).code ?? 'accepted').toMatch(/RESULT_INVALID|accepted/);
      await lair.session.cut();
      await endsHonestly(lair, task);
    }
  });

  test('units of a kind whose units follow from the input are not taken from the node', async () => {
    const lair = await openLair();
    const task = await lure(lair);
    lair.session.results([resultOf(task, { units: 1_000_000 })]);
    expect(await lair.session.ack(task.leaseId)).toMatchObject({ accepted: true });
    expect(await requester.client.tasks.get(task.taskId)).toMatchObject({ unitsQuoted: 1, unitsUsed: 1 });
  });
});

function stampOf({ taskId, leaseId }: WireTask) {
  return { taskId, leaseId, startedAtMs: Date.now(), runMs: 1 };
}

test('after all of it every task is completed and paid for once', async () => {
  const tasks = await allTasks(requester);
  expect(tasks.filter(({ status }) => status !== 'completed').map(({ id, status, error }) => ({ id, status, error }))).toEqual([]);
  await expectPaidFor(tasks, [crook, honest], requester);
});
