import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from './receipt.fixture.ts';
import { type SumNode, type SumStep, sumInner, sumLeaf, sumRootFrom, sumTree } from './sum-tree.ts';

const amount = fc.bigInt(0n, 10n ** 30n);
const leaves = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), amount, amount), { minLength: 1, maxLength: 70 })
  .map((entries) => entries.map(([data, reward, fee]) => sumLeaf(sha256, data, [reward, fee])));
const same = (a: SumNode, b: SumNode) => Buffer.from(a.hash).equals(Buffer.from(b.hash)) && a.sums.join() === b.sums.join();

test('the root states the sums over all leaves, and every leaf proves its place', () => {
  fc.assert(
    fc.property(leaves, (nodes) => {
      const tree = sumTree(sha256, nodes, 2);
      expect(tree.root.sums).toEqual([0, 1].map((i) => nodes.reduce((sum, node) => sum + (node.sums[i] as bigint), 0n)));
      for (const [index, leaf] of nodes.entries()) expect(same(sumRootFrom(sha256, leaf, tree.proof(index)), tree.root)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('a path with any byte, sum or side changed, a step more or a step less leads elsewhere', () => {
  const change = fc.record({
    what: fc.constantFrom('hash', 'sum', 'side', 'drop', 'double', 'leaf hash', 'leaf sum'),
    step: fc.nat(),
    byte: fc.nat(31),
    bit: fc.nat(7),
    sum: fc.nat(1),
    by: fc.bigInt(1n, 10n ** 20n),
  });
  fc.assert(
    fc.property(leaves, fc.nat(), change, (nodes, pick, { what, step, byte, bit, sum, by }) => {
      const index = pick % nodes.length;
      const tree = sumTree(sha256, nodes, 2);
      const leaf = nodes[index] as SumNode;
      const flipped = (hash: Uint8Array) => hash.map((value, i) => (i === byte ? value ^ (1 << bit) : value));
      const raised = (sums: readonly bigint[]) => sums.map((value, i) => (i === sum ? value + by : value));
      if (what === 'leaf hash' || what === 'leaf sum') {
        const other = what === 'leaf hash' ? { ...leaf, hash: flipped(leaf.hash) } : { ...leaf, sums: raised(leaf.sums) };
        expect(same(sumRootFrom(sha256, other, tree.proof(index)), tree.root)).toBe(false);
        return;
      }
      const proof = tree.proof(index);
      fc.pre(proof.length > 0);
      const at = step % proof.length;
      const given = proof[at] as SumStep;
      const changed: Record<string, SumStep[]> = {
        hash: [{ ...given, hash: flipped(given.hash) }],
        sum: [{ ...given, sums: raised(given.sums) }],
        side: [{ ...given, side: given.side === 'left' ? 'right' : 'left' }],
        drop: [],
        double: [given, given],
      };
      // Twins swap without a difference.
      const path = sumRootFrom(sha256, leaf, proof.slice(0, at));
      fc.pre(what !== 'side' || !same(path, given));
      const other = [...proof.slice(0, at), ...(changed[what] as SumStep[]), ...proof.slice(at + 1)];
      expect(same(sumRootFrom(sha256, leaf, other), tree.root)).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test('sums cannot be moved between the sides of a node', () => {
  const [left, right] = [sumLeaf(sha256, Uint8Array.of(1), [5n, 0n]), sumLeaf(sha256, Uint8Array.of(2), [7n, 0n])];
  const moved = sumInner(sha256, { ...left, sums: [6n, 0n] }, { ...right, sums: [6n, 0n] });
  const honest = sumInner(sha256, left, right);
  expect(moved.sums).toEqual(honest.sums);
  expect(moved.hash).not.toEqual(honest.hash);
});

test('a leaf cannot pass for an inner node', () => {
  const [a, b] = [sumLeaf(sha256, Uint8Array.of(1), [1n]), sumLeaf(sha256, Uint8Array.of(2), [2n])];
  const amounts = (sum: bigint) => Buffer.from(sum.toString(16).padStart(32, '0'), 'hex').reverse();
  const inside = Buffer.concat([a.hash, amounts(1n), b.hash, amounts(2n)]);
  expect(sumLeaf(sha256, inside, [3n]).hash).not.toEqual(sumInner(sha256, a, b).hash);
});

test('the tree of one leaf is that leaf, and the empty tree 32 zero bytes with no sums', () => {
  const leaf = sumLeaf(sha256, Uint8Array.of(1), [3n, 4n]);
  expect(sumTree(sha256, [leaf], 2).root).toEqual(leaf);
  expect(sumTree(sha256, [leaf], 2).proof(0)).toEqual([]);
  expect(sumTree(sha256, [], 2).root).toEqual({ hash: new Uint8Array(32), sums: [0n, 0n] });
});
