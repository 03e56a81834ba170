import { base58, hex } from '@scure/base';
import { BorshReader } from './borsh-reader.ts';
import { BorshWriter } from './borsh-writer.ts';
import { type Sha256, type SumNode, sumLeaf } from './sum-tree.ts';

/** What a node did, for whom, and what it cost: the leaf of a settlement batch. Amounts in yocto-units, hashes in hex, ids as UUIDs. */
export interface WorkReceipt {
  taskId: string;
  leaseId: string;
  /** NEAR account that is charged: the requester's, or the network's sponsor for one without. */
  payer: string;
  /** NEAR account that earns the reward. */
  payee: string;
  /** The node's key, `ed25519:<base58>`. */
  nodeKey: string;
  kind: string;
  model: string;
  inputHash: string;
  outputHash: string;
  /** As the node signed it: a number in JavaScript's notation. */
  units: string;
  rewardYocto: bigint;
  feeYocto: bigint;
  startedAtMs: number;
  /** Duration of the run in ms, as the node signed it. */
  runMs: string;
  /** From this result to the root that the node signed: `L` or `R` for the sibling's side, and its hash. */
  path: readonly string[];
  /** The node's ed25519 signature, base64. */
  signature: string;
}

const uuidBytes = (uuid: string) => hex.decode(uuid.replaceAll('-', ''));
const keyBytes = (key: string) => base58.decode(key.slice('ed25519:'.length));
const uuidText = (bytes: Uint8Array) => hex.encode(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const base64Text = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const base64Bytes = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** A receipt in borsh, field by field in the order the contract declares them. @throws Error for what has no such form. */
export function encodeReceipt(receipt: WorkReceipt): Uint8Array {
  const writer = new BorshWriter()
    .fixed(uuidBytes(receipt.taskId))
    .fixed(uuidBytes(receipt.leaseId))
    .text(receipt.payer)
    .text(receipt.payee)
    .fixed(keyBytes(receipt.nodeKey))
    .text(receipt.kind)
    .text(receipt.model)
    .fixed(hex.decode(receipt.inputHash))
    .fixed(hex.decode(receipt.outputHash))
    .text(receipt.units)
    .u128(receipt.rewardYocto)
    .u128(receipt.feeYocto)
    .u64(receipt.startedAtMs)
    .text(receipt.runMs)
    .u32(receipt.path.length);
  for (const step of receipt.path) writer.u8(step.startsWith('L') ? 0 : 1).fixed(hex.decode(step.slice(1)));
  return writer.fixed(base64Bytes(receipt.signature)).take();
}

/** Reads what {@link encodeReceipt} wrote. @throws RangeError for bytes that end early or go on. */
export function decodeReceipt(bytes: Uint8Array): WorkReceipt {
  const reader = new BorshReader(bytes);
  // Object literals are evaluated in order, which is that of the fields in borsh.
  const receipt: WorkReceipt = {
    taskId: uuidText(reader.fixed(16)),
    leaseId: uuidText(reader.fixed(16)),
    payer: reader.text(),
    payee: reader.text(),
    nodeKey: `ed25519:${base58.encode(reader.fixed(32))}`,
    kind: reader.text(),
    model: reader.text(),
    inputHash: hex.encode(reader.fixed(32)),
    outputHash: hex.encode(reader.fixed(32)),
    units: reader.text(),
    rewardYocto: reader.u128(),
    feeYocto: reader.u128(),
    startedAtMs: Number(reader.u64()),
    runMs: reader.text(),
    path: Array.from({ length: reader.u32() }, () => (reader.u8() === 0 ? 'L' : 'R') + hex.encode(reader.fixed(32))),
    signature: base64Text(reader.fixed(64)),
  };
  if (!reader.done) throw new RangeError('the bytes go on after the receipt');
  return receipt;
}

/** The receipt's leaf in its batch; its sums are reward and fee. */
export function receiptLeaf(sha256: Sha256, receipt: WorkReceipt): SumNode {
  return sumLeaf(sha256, encodeReceipt(receipt), [receipt.rewardYocto, receipt.feeYocto]);
}

/** What an account earned in all, and the first batch that it earned in. */
export interface RewardTotal {
  account: string;
  cumulativeYocto: bigint;
  firstBatch: number;
}

/** What an account was charged in all. */
export interface ChargeTotal {
  account: string;
  cumulativeYocto: bigint;
}

export function rewardLeaf(sha256: Sha256, { account, cumulativeYocto, firstBatch }: RewardTotal): SumNode {
  return sumLeaf(sha256, new BorshWriter(128).text(account).u128(cumulativeYocto).u64(firstBatch).take(), [cumulativeYocto]);
}

export function chargeLeaf(sha256: Sha256, { account, cumulativeYocto }: ChargeTotal): SumNode {
  return sumLeaf(sha256, new BorshWriter(128).text(account).u128(cumulativeYocto).take(), [cumulativeYocto]);
}
