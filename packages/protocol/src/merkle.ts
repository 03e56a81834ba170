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

/** Root over leaves in the given order; an odd node rises unchanged. Needs at least one leaf. */
export function merkleRoot(leaves: readonly string[]): string {
  let level = leaves;
  while (level.length > 1) level = levelAbove(level);
  if (level[0] === undefined) throw new RangeError('a Merkle tree needs a leaf');
  return level[0];
}

/** Path from the leaf at `index` to the root of {@link merkleRoot}. */
export function merkleProof(leaves: readonly string[], index: number): MerkleStep[] {
  const steps: MerkleStep[] = [];
  let level = leaves;
  let position = index;
  while (level.length > 1) {
    const sibling = level[position ^ 1];
    if (sibling !== undefined) steps.push({ hash: sibling, side: position % 2 === 0 ? 'right' : 'left' });
    level = levelAbove(level);
    position >>= 1;
  }
  return steps;
}

/** Root that a leaf and its path lead to. */
export function merkleRootFrom(leaf: string, proof: readonly MerkleStep[]): string {
  return proof.reduce((hash, step) => (step.side === 'left' ? inner(step.hash, hash) : inner(hash, step.hash)), leaf);
}
