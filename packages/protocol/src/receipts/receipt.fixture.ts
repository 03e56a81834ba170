import { createHash, createPrivateKey } from 'node:crypto';
import { hex } from '@scure/base';
import { canonicalJson } from '../canonical-json.ts';
import { sha256Hex } from '../digest.ts';
import { newId } from '../ids.ts';
import { merkleTree } from '../merkle.ts';
import type { WireResult } from '../wire/node-frames.ts';
import { newKeyPair, resultLeaf, resultsPayload, signText } from '../wire/signing.ts';
import { proofToJson, type ReceiptDocument, receiptHash, receiptSigningText, receiptToJson } from './receipt-document.ts';
import { settlementParties } from './settlement-parties.ts';
import { type Sha256, sumTree } from './sum-tree.ts';
import type { PostedRoot } from './verify-receipt.ts';
import { receiptLeaf, type WorkReceipt } from './work-receipt.ts';

export const sha256: Sha256 = (data) => createHash('sha256').update(data).digest();

export const INPUT = { texts: ['bonjour'] };
export const OUTPUT = { results: [[{ confidence: 0.9, language: 'fr' }]] };

/** A receipt as the network makes it: a frame of `results` results, signed, of which it takes one. */
export function makeReceipt({ results = 5, index = 2, units = 1, runMs = 12.25, startedAtMs = 1_767_225_600_123 } = {}): WorkReceipt {
  const node = newKeyPair();
  const frame: WireResult[] = Array.from({ length: results }, () => ({
    taskId: newId(),
    leaseId: newId(),
    startedAtMs,
    runMs,
    units,
    output: canonicalJson(OUTPUT),
  }));
  const { taskId, leaseId } = frame[index] as WireResult;
  const path = merkleTree(frame.map(resultLeaf))
    .proof(index)
    .map(({ side, hash }) => `${side === 'left' ? 'L' : 'R'}${hash}`);
  return {
    taskId,
    leaseId,
    ...settlementParties({ requesterAccount: 'alice.near', sponsorAccount: 'sponsor.deai', nodeKey: node.publicKey }),
    nodeKey: node.publicKey,
    kind: 'language-id',
    model: 'lid-176',
    inputHash: sha256Hex(canonicalJson(INPUT)),
    outputHash: sha256Hex(canonicalJson(OUTPUT)),
    units: String(units),
    rewardYocto: 1_000_000_000_000_000_000_000n,
    feeYocto: 50_000_000_000_000_000_000n,
    startedAtMs,
    runMs: String(runMs),
    path,
    signature: signText(createPrivateKey(node.privateKey), resultsPayload(frame)),
  };
}

/** A settled receipt: third of a batch of seven. With what a verifier knows from elsewhere. */
export function makeDocument(): {
  document: Required<ReceiptDocument>;
  network: { networkId: string; publicKeys: string[] };
  root: PostedRoot;
} {
  const network = newKeyPair();
  const receipts = Array.from({ length: 7 }, () => makeReceipt());
  const receipt = receipts[2] as WorkReceipt;
  const tree = sumTree(
    sha256,
    receipts.map((each) => receiptLeaf(sha256, each)),
    2,
  );
  const root = { hash: hex.encode(tree.root.hash), sums: tree.root.sums.map(String) };
  const batch = { id: 41, contractId: 'compute.deai', root, proof: proofToJson(tree.proof(2)) };
  const signature = signText(network.privateKey, receiptSigningText('local', receiptHash(sha256, receipt)));
  return {
    document: {
      version: 1,
      networkId: 'local',
      receipt: receiptToJson(receipt),
      gateway: { publicKey: network.publicKey, signature },
      batch,
    },
    network: { networkId: 'local', publicKeys: [network.publicKey] },
    root: { batchId: 41, contractId: 'compute.deai', status: 'final', ...root },
  };
}
