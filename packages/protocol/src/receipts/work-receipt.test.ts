import { createHash, type KeyObject } from 'node:crypto';
import { hex } from '@scure/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePublicKey, verifyText } from '../wire/signing.ts';
import { makeReceipt, sha256 } from './receipt.fixture.ts';
import { proofOfJson, proofToJson, receiptOfJson, receiptToJson } from './receipt-document.ts';
import { signedResultsText } from './result-proof.ts';
import { settlementParties } from './settlement-parties.ts';
import { sumTree } from './sum-tree.ts';
import { chargeLeaf, encodeReceipt, receiptLeaf, rewardLeaf, type WorkReceipt } from './work-receipt.ts';

const FIXED: WorkReceipt = {
  taskId: '01890a5d-ac96-774b-bcce-b302099a8057',
  leaseId: '01890a5d-ac96-774b-bcce-b302099a8058',
  payer: 'a.near',
  payee: 'b.near',
  nodeKey: 'ed25519:11111111111111111111111111111112',
  kind: 'ocr',
  model: 'm',
  inputHash: '11'.repeat(32),
  outputHash: '22'.repeat(32),
  units: '1.5',
  rewardYocto: 3n,
  feeYocto: 4n,
  startedAtMs: 5,
  runMs: '6',
  path: [`L${'33'.repeat(32)}`, `R${'44'.repeat(32)}`],
  signature: `${'A'.repeat(86)}==`,
};

test('a receipt is encoded field by field in the order of ADR 9', () => {
  const text = (value: string) => Buffer.concat([Buffer.of(value.length, 0, 0, 0), Buffer.from(value)]).toString('hex');
  const number = (value: number, bytes: number) =>
    value
      .toString(16)
      .padStart(2, '0')
      .padEnd(bytes * 2, '0');
  const key = `${'00'.repeat(31)}01`;
  expect(hex.encode(encodeReceipt(FIXED))).toBe(
    [
      '01890a5dac96774bbcceb302099a8057',
      '01890a5dac96774bbcceb302099a8058',
      text('a.near'),
      text('b.near'),
      key,
      text('ocr'),
      text('m'),
      '11'.repeat(32),
      '22'.repeat(32),
      text('1.5'),
      number(3, 16),
      number(4, 16),
      number(5, 8),
      text('6'),
      number(2, 4),
      `00${'33'.repeat(32)}`,
      `01${'44'.repeat(32)}`,
      '00'.repeat(64),
    ].join(''),
  );
  const leaf = receiptLeaf(sha256, FIXED);
  expect(leaf.sums).toEqual([3n, 4n]);
  expect(hex.encode(leaf.hash)).toBe(createHash('sha256').update('\0').update(encodeReceipt(FIXED)).digest('hex'));
});

test('leaves of rewards and charges state what they sum', () => {
  expect(rewardLeaf(sha256, { account: 'a', cumulativeYocto: 9n, firstBatch: 1 }).sums).toEqual([9n]);
  expect(chargeLeaf(sha256, { account: 'a', cumulativeYocto: 9n }).sums).toEqual([9n]);
  const other = rewardLeaf(sha256, { account: 'a', cumulativeYocto: 9n, firstBatch: 2 });
  expect(other.hash).not.toEqual(rewardLeaf(sha256, { account: 'a', cumulativeYocto: 9n, firstBatch: 1 }).hash);
});

test.each([
  ['an amount beyond 128 bits', { rewardYocto: 2n ** 128n }],
  ['a hash that is no hex', { outputHash: 'zz'.repeat(32) }],
  ['a key that is no base58', { nodeKey: 'ed25519:0OIl' }],
])('%s has no encoding', (_name, change) => {
  expect(() => encodeReceipt({ ...FIXED, ...change })).toThrow();
});

test('receipts and proofs survive JSON', () => {
  const receipts = Array.from({ length: 5 }, () => makeReceipt());
  const tree = sumTree(
    sha256,
    receipts.map((receipt) => receiptLeaf(sha256, receipt)),
    2,
  );
  for (const [i, receipt] of receipts.entries()) {
    expect(receiptOfJson(JSON.parse(JSON.stringify(receiptToJson(receipt))))).toEqual(receipt);
    expect(proofOfJson(JSON.parse(JSON.stringify(proofToJson(tree.proof(i)))))).toEqual(
      tree.proof(i).map((step) => ({ ...step, hash: Uint8Array.from(step.hash) })),
    );
  }
});

test('what the node signed follows from the receipt, wherever in its frame the result stood and whatever its numbers', () => {
  const numbers = fc.oneof(fc.double({ min: 0, max: 1e12, noNaN: true }), fc.nat(), fc.constantFrom(0, 1e-7, 1e21, 0.1 + 0.2));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.nat(),
      numbers,
      numbers,
      fc.nat(2 ** 31 - 1),
      (results, pick, units, runMs, startedAtMs) => {
        const receipt = makeReceipt({ results, index: pick % results, units, runMs, startedAtMs });
        const key = parsePublicKey(receipt.nodeKey) as KeyObject;
        expect(verifyText(key, signedResultsText(sha256, receipt), receipt.signature)).toBe(true);
        expect(verifyText(key, signedResultsText(sha256, { ...receipt, units: '-1' }), receipt.signature)).toBe(false);
      },
    ),
    { numRuns: 30 },
  );
});

test('parties without a linked account are the sponsor and the implicit account of the node', () => {
  const nodeKey = 'ed25519:11111111111111111111111111111112';
  expect(settlementParties({ sponsorAccount: 's.deai', nodeKey })).toEqual({ payer: 's.deai', payee: `${'00'.repeat(31)}01` });
  const linked = { requesterAccount: 'r.near', operatorAccount: 'o.near', sponsorAccount: 's.deai', nodeKey };
  expect(settlementParties(linked)).toEqual({ payer: 'r.near', payee: 'o.near' });
});
