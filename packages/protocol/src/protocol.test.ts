import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalJson,
  canTransition,
  canTravel,
  firstIdAt,
  firstIdFrom,
  formatTokens,
  idTimeMs,
  isUuid,
  merkleLeaf,
  merkleRootFrom,
  merkleTree,
  newId,
  newKeyPair,
  ONE_TOKEN,
  parsePublicKey,
  parseTokens,
  priceOf,
  resultLeaf,
  resultsPayload,
  signText,
  TASK_STATES,
  TASK_TRANSITIONS,
  type TaskState,
  verifyText,
  type WireResult,
} from './index.ts';

test('amounts survive being written and read, to the last yocto', () => {
  fc.assert(fc.property(fc.bigInt(0n, 10n ** 40n), (yocto) => parseTokens(formatTokens(yocto)) === yocto));
  expect(formatTokens(ONE_TOKEN + ONE_TOKEN / 2n)).toBe('1.5');
  expect(formatTokens(-ONE_TOKEN)).toBe('-1');
});

test.each(['', '-1', '1e3', '1.', '.5', '1,5', '0.0000000000000000000000001', 'NaN'])('refuses %j as an amount', (text) => {
  expect(() => parseTokens(text)).toThrow(expect.objectContaining({ code: 'INVALID_AMOUNT' }));
});

test('ids sort by time and carry it', () => {
  const before = Date.now();
  const id = newId();
  expect(isUuid(id)).toBe(true);
  expect(idTimeMs(id)).toBeGreaterThanOrEqual(before);
  expect(firstIdAt(idTimeMs(id)) <= id).toBe(true);
  expect(firstIdAt(idTimeMs(id) + 1) > id).toBe(true);
  expect(firstIdFrom(new Date(before).toISOString())).toBe(firstIdAt(before));
  expect(firstIdFrom('1950-01-01T00:00:00Z')).toBe(firstIdAt(0));
  expect(firstIdFrom('2016-12-31T23:59:60.5Z')).toBe(firstIdAt(Date.UTC(2016, 11, 31, 23, 59, 59, 500)));
});

test('ids of one process ascend, also within a millisecond, and none comes twice', () => {
  const ids = Array.from({ length: 20_000 }, newId);
  expect(ids).toEqual([...ids].sort());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every(isUuid)).toBe(true);
});

test('prices grow with units, and the fee is its share rounded up', () => {
  const unit = fc.bigInt(1n, 10n ** 30n);
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(1_000_000), unit, fc.nat(10_000), (a, b, unitYocto, feeBps) => {
      const [less, more] = [Math.min(a, b) / 1000, Math.max(a, b) / 1000].map((units) => priceOf(units, unitYocto, feeBps));
      if (!less || !more) throw new Error('two prices');
      expect(less.totalYocto <= more.totalYocto).toBe(true);
      expect(more.totalYocto).toBe(more.rewardYocto + more.feeYocto);
      expect(more.feeYocto * 10_000n - more.rewardYocto * BigInt(feeBps)).toBeLessThan(10_000n);
    }),
  );
});

test('canonical JSON is the same whatever the order of keys, and reads back equal', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = canonicalJson(value);
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(reversed)).toBe(text);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test('every leaf of a Merkle tree proves its place, and no other leaf does', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 40 }), fc.nat(39), (data, pick) => {
      const leaves = data.map((text, i) => merkleLeaf(`${i}:${text}`));
      const index = pick % leaves.length;
      const tree = merkleTree(leaves);
      const proof = tree.proof(index);
      expect(merkleRootFrom(leaves[index] as string, proof)).toBe(tree.root);
      expect(merkleRootFrom(merkleLeaf('another'), proof)).not.toBe(tree.root);
    }),
  );
});

test('a signature over results holds for exactly these results', () => {
  const keys = newKeyPair();
  const publicKey = parsePublicKey(keys.publicKey);
  if (!publicKey) throw new Error('own key not parsed');
  const result: WireResult = { taskId: newId(), leaseId: newId(), startedAtMs: 1, runMs: 2, units: 3, output: '{}' };
  const signature = signText(keys.privateKey, resultsPayload([result]));
  expect(verifyText(publicKey, resultsPayload([result]), signature)).toBe(true);
  for (const change of [{ units: 4 }, { output: '[]' }, { leaseId: newId() }, { runMs: 1 }, { startedAtMs: 2 }]) {
    expect(resultLeaf({ ...result, ...change })).not.toBe(resultLeaf(result));
    expect(verifyText(publicKey, resultsPayload([{ ...result, ...change }]), signature)).toBe(false);
  }
});

test.each(['', 'ed25519:', 'ed25519:0OIl', 'secp256k1:abc', 'ed25519:11111'])('%j is no public key', (text) => {
  expect(parsePublicKey(text)).toBeUndefined();
});

test('the transition table knows every state, ends where it should, and allows the paths that writes take', () => {
  const states = Object.keys(TASK_STATES) as TaskState[];
  for (const state of states) for (const next of TASK_TRANSITIONS[state]) expect(states).toContain(next);
  expect(states.filter((state) => TASK_TRANSITIONS[state].length === 0)).toEqual(['completed', 'cancelled']);
  expect(canTravel('assigned', 'in_progress', 'completed')).toBe(true);
  expect(canTravel('in_progress', 'failed', 'pending')).toBe(true);
  expect(canTransition('pending', 'completed')).toBe(false);
  expect(canTransition('completed', 'pending')).toBe(false);
});
