import { type NodeFrame, newKeyPair, parsePublicKey, resultsPayload, signText, verifyText, type WireResult } from '@deai/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { wireResult } from '../testing/fixtures.ts';
import { createOutbox, type Outbox } from './outbox.ts';

const key = newKeyPair();
let pending: Map<string, WireResult>;
let sent: NodeFrame[];
let outbox: Outbox;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'] });
  pending = new Map();
  sent = [];
  const spool = { pending } as never;
  outbox = createOutbox({ spool, sign: (text) => signText(key.privateKey, text), tickMs: 20, resendMs: 1_000 });
});
afterEach(() => {
  outbox.close();
  vi.useRealTimers();
});

const open = () => outbox.open((frame) => sent.push(frame) > 0);
function add(result: WireResult): void {
  pending.set(result.leaseId, result);
  outbox.result(result.leaseId);
}

test('sends what happens within a tick in one report, the last progress of each lease', () => {
  open();
  vi.advanceTimersByTime(50);
  outbox.started('a', 1);
  outbox.started('b', 2);
  outbox.progress('a', 0.1);
  outbox.progress('a', 0.7);
  outbox.refused('c', 'full');
  vi.advanceTimersByTime(20);
  expect(sent).toEqual([
    {
      type: 'report',
      started: [
        { leaseId: 'a', startedAtMs: 1 },
        { leaseId: 'b', startedAtMs: 2 },
      ],
      progress: [{ leaseId: 'a', progress: 0.7 }],
      refused: [{ leaseId: 'c', reason: 'full' }],
    },
  ]);
});

test('packs at most 64 results a frame under one signature that verifies', () => {
  const results = Array.from({ length: 150 }, () => wireResult());
  open();
  for (const result of results) add(result);
  vi.advanceTimersByTime(20);
  const frames = sent.filter((frame) => frame.type === 'results');
  expect(frames.map((frame) => frame.results.length)).toEqual([64, 64, 22]);
  expect(frames.flatMap((frame) => frame.results)).toEqual(results);
  const publicKey = parsePublicKey(key.publicKey);
  if (!publicKey) throw new Error('the key does not parse');
  for (const frame of frames) expect(verifyText(publicKey, resultsPayload(frame.results), frame.signature)).toBe(true);
});

test('splits large results over frames', () => {
  open();
  for (let i = 0; i < 3; i++) add(wireResult({ output: JSON.stringify('x'.repeat(2_500_000)) }));
  vi.advanceTimersByTime(20);
  expect(sent.map((frame) => frame.type === 'results' && frame.results.length)).toEqual([1, 1, 1]);
});

test('sends all that is spooled when a session opens, and again in the next session', () => {
  add(wireResult());
  add(wireResult());
  vi.advanceTimersByTime(100);
  expect(sent).toEqual([]);
  open();
  vi.advanceTimersByTime(20);
  outbox.close();
  open();
  vi.advanceTimersByTime(20);
  expect(sent.map((frame) => frame.type === 'results' && frame.results.length)).toEqual([2, 2]);
});

test('sends a result once while its answer is due, and again when none comes', () => {
  open();
  const [answered, silent] = [wireResult(), wireResult()];
  add(answered);
  add(silent);
  vi.advanceTimersByTime(900);
  expect(sent).toHaveLength(1);
  pending.delete(answered.leaseId);
  vi.advanceTimersByTime(500);
  expect(sent[1]).toMatchObject({ type: 'results', results: [silent] });
});

test('keeps refusals for the next session but not what started', () => {
  outbox.refused('a', 'draining');
  outbox.started('b', 1);
  open();
  vi.advanceTimersByTime(20);
  expect(sent).toEqual([{ type: 'report', refused: [{ leaseId: 'a', reason: 'draining' }] }]);
});
