import { readFileSync } from 'node:fs';
import { decodeReceipt, encodeReceipt, sumRootFrom, type WorkReceipt } from '@deai/protocol';
import { hex } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { account, amount, sampleReceipt } from '../testing/samples.ts';
import { decodeLeaves } from './batch-file.ts';
import { openTrees } from './batch-trees.ts';
import { buildBatch, leafOf } from './build-batch.ts';
import { sumNodeJson } from './contract-roots.ts';
import type { AccountTotal, BatchDraft } from './ports.ts';
import { sha256 } from './sha256.ts';

interface GoldenLeaf {
  leaf: Record<string, string | number | { side: string; hash: string }[]>;
  borsh: string;
}
interface GoldenBatch {
  number: number;
  receipts: { root: object; leaves: GoldenLeaf[] };
  rewards: { root: object; leaves: GoldenLeaf[] };
  charges: { root: object; leaves: GoldenLeaf[] };
}

/** Made by the contract's own tests. */
const GOLDEN = JSON.parse(readFileSync(new URL('../../../../contracts/fixtures/batch.json', import.meta.url), 'utf8')) as {
  treasury: string;
  batches: GoldenBatch[];
};

function goldenReceipt({ leaf }: GoldenLeaf): WorkReceipt {
  const text = (name: string) => leaf[name] as string;
  return {
    taskId: text('task_id'),
    leaseId: text('lease_id'),
    payer: text('payer'),
    payee: text('payee'),
    nodeKey: text('node_key'),
    kind: text('kind'),
    model: text('model'),
    inputHash: text('input_hash'),
    outputHash: text('output_hash'),
    units: text('units'),
    rewardYocto: BigInt(text('reward')),
    feeYocto: BigInt(text('fee')),
    startedAtMs: leaf.started_at_ms as number,
    runMs: text('run_ms'),
    path: (leaf.path as { side: string; hash: string }[]).map(({ side, hash }) => (side === 'left' ? 'L' : 'R') + hash),
    signature: text('signature'),
  };
}

/** What a batch leaves behind for the next one. */
function after(totals: Map<string, AccountTotal>, draft: BatchDraft): Map<string, AccountTotal> {
  const next = new Map(totals);
  for (const { account: id, earned, charged } of draft.deltas) {
    const before = next.get(id) ?? { account: id, earned: 0n, charged: 0n, firstBatch: undefined, depositor: false };
    const firstBatch = before.firstBatch ?? (draft.firstEarners.includes(id) ? draft.number : undefined);
    next.set(id, { ...before, earned: before.earned + earned, charged: before.charged + charged, firstBatch });
  }
  return next;
}

describe('a settlement batch', () => {
  it("has the roots that the contract's own tests have for the same receipts, in whatever order they come", async () => {
    let totals = new Map<string, AccountTotal>();
    for (const golden of GOLDEN.batches) {
      // The contract's fixture lists accounts with a deposit at zero.
      for (const { leaf } of golden.charges.leaves) {
        const id = leaf.account as string;
        totals.set(id, { ...(totals.get(id) ?? { account: id, earned: 0n, charged: 0n, firstBatch: undefined }), depositor: true });
      }
      const receipts = golden.receipts.leaves.map(goldenReceipt).reverse();
      const basis = { number: golden.number, previous: golden.number - 1, totals, treasury: GOLDEN.treasury };
      const draft = await buildBatch(
        sha256,
        basis,
        receipts.map((receipt) => leafOf(sha256, receipt)),
      );
      expect(sumNodeJson(draft.roots.receipts)).toEqual(golden.receipts.root);
      expect(sumNodeJson(draft.roots.rewards)).toEqual(golden.rewards.root);
      expect(sumNodeJson(draft.roots.charges)).toEqual(golden.charges.root);
      expect(decodeLeaves(draft.bytes).receipts.map((bytes) => hex.encode(bytes))).toEqual(
        golden.receipts.leaves.map(({ borsh }) => borsh),
      );
      totals = after(totals, draft);
    }
  });

  it('adds up whatever is in it: receipts = growth of rewards = growth of charges, and every leaf leads to its root', async () => {
    const receipt = fc.record({ payer: account, payee: account, rewardYocto: amount, feeYocto: amount });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(receipt, { maxLength: 12 }), { minLength: 1, maxLength: 4 }), async (batches) => {
        let totals = new Map<string, AccountTotal>();
        let [rewarded, charged] = [0n, 0n];
        for (const [i, parts] of batches.entries()) {
          const receipts = parts.map((part) => sampleReceipt(part));
          const leaves = receipts.map((each) => leafOf(sha256, each));
          const draft = await buildBatch(sha256, { number: i + 1, previous: i, totals, treasury: 'treasury.near' }, leaves);
          const [reward = 0n, fee = 0n] = draft.roots.receipts.sums;
          expect(reward + fee).toBe(receipts.reduce((sum, each) => sum + each.rewardYocto + each.feeYocto, 0n));
          expect(draft.roots.rewards.sums[0]).toBe(rewarded + reward + fee);
          expect(draft.roots.charges.sums[0]).toBe(charged + reward + fee);
          rewarded += reward + fee;
          charged += reward + fee;
          const trees = openTrees(draft.bytes);
          const tree = await trees.receipts();
          draft.receipts.forEach((each, position) => {
            expect(trees.receipt(position)).toEqual(each);
            expect(sumRootFrom(sha256, leafOf(sha256, each).node, tree.proof(position))).toEqual(draft.roots.receipts);
          });
          expect((await trees.rewards()).root).toEqual(draft.roots.rewards);
          expect((await trees.charges()).root).toEqual(draft.roots.charges);
          totals = after(totals, draft);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a receipt byte by byte', () => {
    const receipt = sampleReceipt({ path: [`L${'ab'.repeat(32)}`, `R${'cd'.repeat(32)}`] });
    expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt);
    expect(() => decodeReceipt(encodeReceipt(receipt).subarray(1))).toThrow(RangeError);
  });
});
