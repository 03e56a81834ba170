import type { KeyObject } from 'node:crypto';
import {
  type MerkleStep,
  merkleProof,
  merkleRoot,
  type ResultsFrame,
  resultLeaf,
  resultsSigningText,
  type SignedResult,
  verifyText,
} from '@deai/protocol';

const step = ({ side, hash }: MerkleStep): string => `${side === 'left' ? 'L' : 'R'}${hash}`;

/** The frame's results, each with its proof; `undefined` when the signature is not the node's. */
export function verifyResults(frame: ResultsFrame, key: KeyObject): SignedResult[] | undefined {
  const leaves = frame.results.map(resultLeaf);
  if (!verifyText(key, resultsSigningText(merkleRoot(leaves)), frame.signature)) return undefined;
  return frame.results.map((result, i) => ({ ...result, signature: frame.signature, proof: merkleProof(leaves, i).map(step) }));
}
