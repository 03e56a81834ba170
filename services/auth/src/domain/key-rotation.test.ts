import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planRotation, signerAt } from './key-rotation.ts';

const PLAN = { lifeMs: 1_000, leadMs: 100, keepMs: 200 };
const key = (id: string, atMs: number) => ({ id, signsFrom: new Date(atMs) });

it('makes the first key at once', () => {
  expect(planRotation([], 5_000, PLAN)).toEqual({ signsFromMs: 5_000, drop: [] });
});

it('makes the next key ahead of its time, once', () => {
  const keys = [key('a', 0)];
  expect(planRotation(keys, 899, PLAN)).toEqual({ drop: [] });
  expect(planRotation(keys, 900, PLAN)).toEqual({ signsFromMs: 1_000, drop: [] });
  expect(planRotation([...keys, key('b', 1_000)], 901, PLAN)).toEqual({ drop: [] });
});

it('signs with the old key until the new one has its time', () => {
  const keys = [key('b', 1_000), key('a', 0)];
  expect([signerAt(keys, 999)?.id, signerAt(keys, 1_000)?.id, signerAt(keys, -1)?.id]).toEqual(['a', 'b', undefined]);
});

it('drops a key when no token of it can be valid', () => {
  const keys = [key('a', 0), key('b', 1_000)];
  expect(planRotation(keys, 1_199, PLAN).drop).toEqual([]);
  expect(planRotation(keys, 1_200, PLAN).drop).toEqual(['a']);
});

it('always signs with a key that verifiers have known for the lead, and keeps it for as long as its tokens live', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 60 }), (pauses) => {
      let nowMs = 0;
      let keys: { id: string; signsFrom: Date; madeMs: number }[] = [];
      const signed: { keyId: string; untilMs: number }[] = [];
      for (const [i, pause] of [0, ...pauses].entries()) {
        nowMs += pause;
        const { signsFromMs, drop } = planRotation(keys, nowMs, PLAN);
        keys = keys.filter(({ id }) => !drop.includes(id));
        if (signsFromMs !== undefined) keys.push({ ...key(String(i), signsFromMs), madeMs: nowMs });
        const signer = signerAt(keys, nowMs);
        if (!signer) throw new Error('nothing signs');
        if (signer.id !== '0') expect(nowMs - signer.madeMs).toBeGreaterThanOrEqual(PLAN.leadMs);
        signed.push({ keyId: signer.id, untilMs: nowMs + PLAN.keepMs });
        for (const { keyId, untilMs } of signed) if (untilMs > nowMs) expect(keys.map(({ id }) => id)).toContain(keyId);
      }
    }),
  );
});
