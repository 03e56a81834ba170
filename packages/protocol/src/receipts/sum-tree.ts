import { BorshWriter } from './borsh-writer.ts';

/** SHA-256 of bytes; passed in, for a browser has another one than a server. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** A node of a Merkle-sum tree: its hash, and the sums over all leaves below it. */
export interface SumNode {
  hash: Uint8Array;
  sums: readonly bigint[];
}

/** One step from a leaf to the root: the sibling and the side it stands on. */
export interface SumStep extends SumNode {
  side: 'left' | 'right';
}

const LEAF = 0;
const INNER = 1;
const HASH_BYTES = 32;

/** Leaf of the tree: sha256(0x00 ‖ data), with the amounts that its data states. */
export function sumLeaf(sha256: Sha256, data: Uint8Array, sums: readonly bigint[]): SumNode {
  const bytes = new Uint8Array(data.length + 1);
  bytes[0] = LEAF;
  bytes.set(data, 1);
  return { hash: sha256(bytes), sums };
}

/**
 * Inner node: sha256(0x01 ‖ left hash ‖ left sums ‖ right hash ‖ right sums), each sum a u128. The hash binds both sides' sums: with
 * only their total in it, each side could be shown another sum for its sibling.
 */
export function sumInner(sha256: Sha256, left: SumNode, right: SumNode): SumNode {
  const writer = new BorshWriter(128).u8(INNER);
  for (const side of [left, right]) {
    writer.fixed(side.hash);
    for (const sum of side.sums) writer.u128(sum);
  }
  return { hash: sha256(writer.take()), sums: left.sums.map((sum, i) => sum + (right.sums[i] ?? 0n)) };
}

/** A tree over leaves in the given order; an odd node rises unchanged. */
export interface SumTree {
  readonly root: SumNode;
  /** Path from the leaf at `index` to the root. */
  proof(index: number): SumStep[];
}

/** Builds the tree once, for its root and all proofs. Without a leaf the root is 32 zero bytes with `width` sums of 0. */
export function sumTree(sha256: Sha256, leaves: readonly SumNode[], width: number): SumTree {
  const levels: (readonly SumNode[])[] = [leaves];
  for (let level = leaves; level.length > 1; ) {
    level = levelAbove(sha256, level, 0, level.length);
    levels.push(level);
  }
  return treeOf(levels, width);
}

const LEAVES_AT_ONCE = 1_000;

/** The same for large trees in a busy process: `rest` is awaited after every thousand nodes. */
export async function sumTreeInTurns(
  sha256: Sha256,
  leaves: readonly SumNode[],
  width: number,
  rest: () => Promise<void>,
): Promise<SumTree> {
  const levels: (readonly SumNode[])[] = [leaves];
  for (let level = leaves; level.length > 1; ) {
    const above: SumNode[] = [];
    for (let from = 0; from < level.length; from += LEAVES_AT_ONCE) {
      above.push(...levelAbove(sha256, level, from, Math.min(from + LEAVES_AT_ONCE, level.length)));
      await rest();
    }
    level = above;
    levels.push(level);
  }
  return treeOf(levels, width);
}

function treeOf(levels: readonly (readonly SumNode[])[], width: number): SumTree {
  const empty: SumNode = { hash: new Uint8Array(HASH_BYTES), sums: Array<bigint>(width).fill(0n) };
  return {
    root: levels.at(-1)?.[0] ?? empty,
    proof(index) {
      const steps: SumStep[] = [];
      let position = index;
      for (const level of levels.slice(0, -1)) {
        const sibling = level[position ^ 1];
        if (sibling) steps.push({ ...sibling, side: position % 2 === 0 ? 'right' : 'left' });
        position >>= 1;
      }
      return steps;
    },
  };
}

/** Parents of the nodes from `from`, which is even, to `to`. */
function levelAbove(sha256: Sha256, level: readonly SumNode[], from: number, to: number): SumNode[] {
  const above: SumNode[] = [];
  for (let i = from; i < to; i += 2) {
    const [left, right] = [level[i] as SumNode, level[i + 1]];
    above.push(right ? sumInner(sha256, left, right) : left);
  }
  return above;
}

/** Root that a leaf and its path lead to. */
export function sumRootFrom(sha256: Sha256, leaf: SumNode, proof: readonly SumStep[]): SumNode {
  return proof.reduce<SumNode>((node, step) => (step.side === 'left' ? sumInner(sha256, step, node) : sumInner(sha256, node, step)), leaf);
}
