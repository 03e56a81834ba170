import { setTimeout as delay } from 'node:timers/promises';
import Type from 'typebox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NearError } from './near-error.ts';
import { createNearView, type NearView } from './near-view.ts';
import { Answer, type FakeRpc, startFakeRpc } from './testing/fake-rpc.ts';

const Number1 = Type.Object({ n: Type.Integer() });
let rpc: FakeRpc;
let view: NearView;
beforeEach(async () => {
  rpc = await startFakeRpc();
  rpc.on('a.near.get', ({ n }) => ({ n }));
  view = createNearView({ url: rpc.url, timeoutMs: 1_000, pauseMs: 1 });
});
afterEach(() => rpc.close());

const signal = new AbortController().signal;
const get = (n: unknown = 7) => view.call({ contract: 'a.near', method: 'get', args: { n }, schema: Number1 }, signal);

describe('the view of NEAR', () => {
  test('reads contracts at the last final block, or at the one given', async () => {
    rpc.blockMs = 1_700_000_000_123;
    expect(await get()).toEqual({ n: 7 });
    const block = await view.finalBlock(signal);
    expect(block).toMatchObject({ atMs: 1_700_000_000_123, height: 7 });
    await view.call({ contract: 'a.near', method: 'get', args: { n: 1 }, schema: Number1, block }, signal);
    expect(rpc.blocks).toEqual(['final', block.hash]);
  });

  test.each<[string, Answer]>([
    ['a cut connection', Answer.cut],
    ['a busy node', Answer.http(503, 'busy')],
    ['a rate limit', Answer.http(429, '')],
    ['silence', Answer.silence],
    ['a block it has not seen', Answer.error('UNKNOWN_BLOCK')],
    ['a node that is behind', Answer.error('NO_SYNCED_BLOCKS')],
  ])('asks again after %s', async (_what, answer) => {
    rpc.once('a.near.get', answer, answer);
    expect(await get()).toEqual({ n: 7 });
    expect(rpc.seen).toHaveLength(3);
  });

  test.each<[string, Answer, string]>([
    ['a contract that is not there', Answer.error('UNKNOWN_ACCOUNT'), 'the NEAR node answered UNKNOWN_ACCOUNT'],
    ['a panic', Answer.error('CONTRACT_EXECUTION_ERROR'), 'get of a.near failed'],
    ['a panic told the old way', Answer.failed('wasm execution failed'), 'get of a.near failed'],
    ['a panic in words', Answer.failed('wasm: GuestPanic { panic_msg: "ERR_NO_NODE: none" }'), 'get of a.near failed: ERR_NO_NODE: none'],
    ['bytes that are no JSON', Answer.bytes('{"n":'), 'get of a.near answered something else than expected'],
    ['another type', Answer.bytes('{"n":"7"}'), 'get of a.near answered something else than expected: /n'],
    ['a fraction', Answer.bytes('{"n":1.5}'), 'get of a.near answered something else than expected: /n'],
    ['a web page', Answer.http(200, '<html>'), 'the NEAR node answered something else than JSON-RPC'],
    ['a list', Answer.http(200, '[]'), 'the NEAR node answered something else than JSON-RPC'],
    ['a result without bytes', Answer.http(200, '{"result":{"result":"abc"}}'), 'the NEAR node answered no result of get of a.near'],
    ['a refusal', Answer.http(403, 'no'), 'the NEAR node answered HTTP 403'],
    ['an error of another shape', Answer.http(200, '{"error":"<script>"}'), 'the NEAR node answered an error'],
    ['more than a view can answer', Answer.http(200, 'x'.repeat(1_100_000)), 'the NEAR node answered more than 1048576 bytes'],
  ])('says so at once: %s', async (_what, answer, message) => {
    rpc.once('a.near.get', answer);
    const failure = await get().then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(failure).toBeInstanceOf(NearError);
    expect(failure?.message).toContain(message);
    expect(rpc.seen).toHaveLength(1);
  });

  test('gives up after three attempts, and never tells the address', async () => {
    rpc.on('a.near.get', () => Answer.cut);
    await expect(get()).rejects.toThrow('the NEAR node cannot be reached');
    expect(rpc.seen).toHaveLength(3);
    rpc.on('a.near.get', () => Answer.silence);
    await expect(get()).rejects.toThrow(/^the NEAR node did not answer in 1000 ms$/);
    await rpc.close();
    const failure = await get().catch((error: Error) => error.message);
    expect(failure).toBe('the NEAR node cannot be reached');
  });

  test('ends when it is told to, also between attempts', async () => {
    rpc.on('a.near.get', () => Answer.silence);
    const patient = createNearView({ url: rpc.url, timeoutMs: 60_000, pauseMs: 60_000 });
    const stop = new AbortController();
    const waiting = patient.call({ contract: 'a.near', method: 'get', args: {}, schema: Number1 }, stop.signal);
    await delay(20);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    rpc.on('a.near.get', () => Answer.cut);
    const pausing = new AbortController();
    const paused = patient.call({ contract: 'a.near', method: 'get', args: {}, schema: Number1 }, pausing.signal);
    await delay(50);
    pausing.abort(new Error('stopped too'));
    await expect(paused).rejects.toThrow('stopped too');
  });

  test('refuses blocks that are none', async () => {
    rpc.on('block', () => ({ header: { hash: '../x', timestamp_nanosec: '1' } }));
    await expect(view.finalBlock(signal)).rejects.toThrow('the NEAR node answered no block');
  });
});
