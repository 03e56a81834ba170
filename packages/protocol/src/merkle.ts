import { createHash } from 'node:crypto';

/** One step from a leaf to the root: the sibling's hash in hex and the side it stands on. */
export interface MerkleStep {
  hash: string;
  side: 'left' | 'right';
}

/** Domain-separated inner node, so that no leaf can pass for one: sha256(0x01 ‖ left ‖ right). */
function inner(left: string, right: string): string {
  return createHash('sha256')
    .update(Buffer.from(`01${left}${right}`, 'hex'))
    .digest('hex');
}

/** Leaf of the tree: sha256(0x00 ‖ data). */
export function merkleLeaf(data: Uint8Array | string): string {
  return createHash('sha256').update('\0').update(data).digest('hex');
}

function levelAbove(level: readonly string[]): string[] {
  const above: string[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const left = level[i] as string;
    const right = level[i + 1];
    above.push(right === undefined ? left : inner(left, right));
  }
  return above;
}

/** A tree over leaves in the given order; an odd node rises unchanged. */
export interface MerkleTree {
  readonly root: string;
  /** Path from the leaf at `index` to the root. */
  proof(index: number): MerkleStep[];
}

/** Builds the tree once, for its root and all its proofs. Needs at least one leaf. */
export function merkleTree(leaves: readonly string[]): MerkleTree {
  if (leaves.length === 0) throw new RangeError('a Merkle tree needs a leaf');
  const levels: (readonly string[])[] = [leaves];
  for (let level = leaves; level.length > 1; ) {
    level = levelAbove(level);
    levels.push(level);
  }
  return {
    root: levels.at(-1)?.[0] as string,
    proof(index) {
      const steps: MerkleStep[] = [];
      let position = index;
      for (const level of levels.slice(0, -1)) {
        const sibling = level[position ^ 1];
        if (sibling !== undefined) steps.push({ hash: sibling, side: position % 2 === 0 ? 'right' : 'left' });
        position >>= 1;
      }
      return steps;
    },
  };
}

/** Root that a leaf and its path lead to. */
export function merkleRootFrom(leaf: string, proof: readonly MerkleStep[]): string {
  return proof.reduce((hash, step) => (step.side === 'left' ? inner(step.hash, hash) : inner(hash, step.hash)), leaf);
}
