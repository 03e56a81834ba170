import type { KeyObject } from 'node:crypto';
import {
  type MerkleStep,
  merkleTree,
  type ResultsFrame,
  resultLeaf,
  resultsSigningText,
  type SignedResult,
  verifyTextAsync,
} from '@deai/protocol';

const step = ({ side, hash }: MerkleStep): string => `${side === 'left' ? 'L' : 'R'}${hash}`;

/** The frame's results, each with its proof; `undefined` when the signature is not the node's. */
export async function verifyResults(frame: ResultsFrame, key: KeyObject): Promise<SignedResult[] | undefined> {
  const tree = merkleTree(frame.results.map(resultLeaf));
  if (!(await verifyTextAsync(key, resultsSigningText(tree.root), frame.signature))) return undefined;
  return frame.results.map((result, i) => ({ ...result, signature: frame.signature, proof: tree.proof(i).map(step) }));
}
