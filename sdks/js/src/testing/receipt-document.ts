import { createHash } from 'node:crypto';
import {
  canonicalJson,
  newKeyPair,
  type ReceiptDocument,
  receiptHash,
  receiptOfJson,
  receiptSigningText,
  resultsPayload,
  signText,
} from '@deai/protocol';

export const TASK_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
export const INPUT = { image: '' };
export const OUTPUT = { text: 'hello' };

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest();
const hashOf = (value: unknown) => sha256(canonicalJson(value)).toString('hex');

/** A receipt as a network makes it, by new keys and Node's own implementation; not in a batch yet. */
export function makeDocument(): ReceiptDocument {
  const [node, network] = [newKeyPair(), newKeyPair()];
  const result = { taskId: TASK_ID, leaseId: TASK_ID, startedAtMs: 7, runMs: 1.5, units: 3, output: canonicalJson(OUTPUT) };
  const receipt = {
    taskId: TASK_ID,
    leaseId: TASK_ID,
    payer: 'sponsor.deai',
    payee: 'operator.near',
    nodeKey: node.publicKey,
    kind: 'ocr',
    model: 'm',
    inputHash: hashOf(INPUT),
    outputHash: hashOf(OUTPUT),
    units: '3',
    rewardYocto: (10n ** 24n).toString(),
    feeYocto: (5n * 10n ** 22n).toString(),
    startedAtMs: 7,
    runMs: '1.5',
    path: [],
    signature: signText(node.privateKey, resultsPayload([result])),
  };
  const text = receiptSigningText('local', receiptHash(sha256, receiptOfJson(receipt)));
  const signature = signText(network.privateKey, text);
  return { version: 1, networkId: 'local', receipt, gateway: { publicKey: network.publicKey, signature } };
}
