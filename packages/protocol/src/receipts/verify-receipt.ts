import { base58, base64, hex } from '@scure/base';
import { Check, Errors } from 'typebox/value';
import { canonicalJson } from '../canonical-json.ts';
import { proofOfJson, ReceiptDocument, receiptHash, receiptOfJson, receiptSigningText } from './receipt-document.ts';
import { signedResultsText } from './result-proof.ts';
import { type Sha256, sumRootFrom } from './sum-tree.ts';
import { encodeReceipt, receiptLeaf, type WorkReceipt } from './work-receipt.ts';

const utf8 = new TextEncoder();

/** What a receipt is checked for, in this order. */
export type ReceiptCheckName =
  | 'form'
  | 'output'
  | 'input'
  | 'node_signature'
  | 'gateway_signature'
  | 'gateway_key'
  | 'inclusion'
  | 'root_on_chain';

/** How one check ended. */
export interface ReceiptCheck {
  check: ReceiptCheckName;
  /** Null when it was not checked. */
  ok: boolean | null;
  /** What is wrong, or why it was not checked. */
  reason?: string;
}

export interface ReceiptVerdict {
  /** No check failed, and both signatures hold. */
  valid: boolean;
  checks: ReceiptCheck[];
}

/** A batch as the contract holds it. */
export interface PostedRoot {
  batchId: number;
  contractId: string;
  status: 'posted' | 'final' | 'rejected';
  /** Hex. */
  hash: string;
  /** Rewards and fees in yocto-units, base 10. */
  sums: readonly string[];
}

/** What to check a receipt with. The two functions are passed in, for a browser has others than a server. */
export interface VerifyReceiptOptions {
  sha256: Sha256;
  /** Strict verification (RFC 8032): 32 bytes of key, the message, 64 bytes of signature. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>;
  /** The task's output, a JSON value. */
  output?: unknown;
  /** The task's input, a JSON value. */
  input?: unknown;
  /** The network as it is known from elsewhere than the document: its id and the keys it ever signed with. */
  network?: { networkId: string; publicKeys: readonly string[] };
  /** What the contract holds of the document's batch. */
  root?: PostedRoot;
}

type Finding = Omit<ReceiptCheck, 'check'>;

const good: Finding = { ok: true };
const bad = (reason: string): Finding => ({ ok: false, reason });
const skipped = (why: string): Finding => ({ ok: null, reason: `not checked: ${why}` });

/** A document of the right form, with its receipt as it is hashed. */
interface Subject {
  document: ReceiptDocument;
  receipt: WorkReceipt;
}

const CHECKS: readonly [ReceiptCheckName, (subject: Subject, options: VerifyReceiptOptions) => Finding | Promise<Finding>][] = [
  ['output', ({ receipt }, { sha256, output }) => checkContent(sha256, 'output', output, receipt.outputHash)],
  ['input', ({ receipt }, { sha256, input }) => checkContent(sha256, 'input', input, receipt.inputHash)],
  ['node_signature', checkNodeSignature],
  ['gateway_signature', checkGatewaySignature],
  ['gateway_key', checkGatewayKey],
  ['inclusion', checkInclusion],
  ['root_on_chain', checkRoot],
];

/** Checks a receipt document, whatever it is, and says of each check how it ended. Never throws for what the document holds. */
export async function verifyReceipt(document: unknown, options: VerifyReceiptOptions): Promise<ReceiptVerdict> {
  const subject = readDocument(document);
  if (typeof subject === 'string') {
    const rest = CHECKS.map(([check]) => ({ check, ...skipped('the document has not the form of a receipt') }));
    return { valid: false, checks: [{ check: 'form', ...bad(subject) }, ...rest] };
  }
  const checks: ReceiptCheck[] = [{ check: 'form', ...good }];
  for (const [check, run] of CHECKS) checks.push({ check, ...(await run(subject, options)) });
  return { valid: checks.every(({ ok }) => ok !== false), checks };
}

/** The document with its receipt, or what is wrong with its form. */
function readDocument(document: unknown): Subject | string {
  if (!Check(ReceiptDocument, document)) {
    const [first] = Errors(ReceiptDocument, document);
    return `${first?.instancePath || 'the document'} ${first?.message ?? 'does not match the schema'}`;
  }
  const { receipt: json, gateway } = document;
  try {
    // Two texts with the same bytes would let a digit be changed unnoticed.
    for (const key of [json.nodeKey, gateway.publicKey]) {
      if (keyBytes(key).length !== 32) return `${key} is no ed25519 public key`;
    }
    for (const signature of [json.signature, gateway.signature]) base64.decode(signature);
    for (const text of [json.units, json.runMs]) {
      if (String(Number(text)) !== text) return `${text} is not written as JavaScript prints a number`;
    }
    const receipt = receiptOfJson(json);
    encodeReceipt(receipt);
    return { document, receipt };
  } catch (error) {
    return `the receipt cannot be encoded: ${(error as Error).message}`;
  }
}

const keyBytes = (key: string) => base58.decode(key.slice('ed25519:'.length));

function checkContent(sha256: Sha256, what: string, given: unknown, hash: string): Finding {
  if (given === undefined) return skipped(`no ${what} was given`);
  const actual = hex.encode(sha256(utf8.encode(canonicalJson(given))));
  return actual === hash ? good : bad(`the ${what} that was given has the hash ${actual}, the receipt states ${hash}`);
}

async function checkNodeSignature({ receipt }: Subject, { sha256, verifyEd25519 }: VerifyReceiptOptions): Promise<Finding> {
  const message = utf8.encode(signedResultsText(sha256, receipt));
  if (await holds(verifyEd25519, receipt.nodeKey, message, receipt.signature)) return good;
  return bad(`${receipt.nodeKey} did not sign this task, lease, output, units and times`);
}

async function checkGatewaySignature({ document, receipt }: Subject, { sha256, verifyEd25519 }: VerifyReceiptOptions): Promise<Finding> {
  const { publicKey, signature } = document.gateway;
  const message = utf8.encode(receiptSigningText(document.networkId, receiptHash(sha256, receipt)));
  if (await holds(verifyEd25519, publicKey, message, signature)) return good;
  return bad(`${publicKey} did not sign this receipt for the network "${document.networkId}"`);
}

async function holds(verify: VerifyReceiptOptions['verifyEd25519'], key: string, message: Uint8Array, signature: string) {
  try {
    return (await verify(keyBytes(key), message, base64.decode(signature))) === true;
  } catch {
    // Some implementations throw for bytes that are no point of the curve.
    return false;
  }
}

function checkGatewayKey({ document }: Subject, { network }: VerifyReceiptOptions): Finding {
  if (!network) return skipped('no key of the network was given, so its signature is only as good as the key in the document');
  if (network.networkId !== document.networkId) {
    return bad(`the document is of the network "${document.networkId}", not of "${network.networkId}"`);
  }
  const { publicKey } = document.gateway;
  return network.publicKeys.includes(publicKey) ? good : bad(`${publicKey} is no key of the network`);
}

function checkInclusion({ document: { batch }, receipt }: Subject, { sha256 }: VerifyReceiptOptions): Finding {
  if (!batch) return skipped('the document names no batch, for the receipt was not settled when it was made');
  try {
    const reached = sumRootFrom(sha256, receiptLeaf(sha256, receipt), proofOfJson(batch.proof));
    const { hash, sums } = batch.root;
    if (hex.encode(reached.hash) !== hash) return bad(`the proof does not lead from this receipt to the root of batch ${batch.id}`);
    if (!equalSums(reached.sums.map(String), sums)) return bad(`the sums along the proof are not those of the root of batch ${batch.id}`);
    return good;
  } catch (error) {
    return bad(`the proof cannot be followed: ${(error as Error).message}`);
  }
}

function checkRoot({ document: { batch } }: Subject, { root }: VerifyReceiptOptions): Finding {
  if (!batch) return skipped('the document names no batch');
  if (!root) return skipped('no chain');
  if (root.contractId !== batch.contractId) return bad(`the document names the contract ${batch.contractId}, not ${root.contractId}`);
  if (root.batchId !== batch.id) return bad(`the document names batch ${batch.id}, the root is that of batch ${root.batchId}`);
  if (root.status === 'rejected') return bad(`batch ${batch.id} was rejected`);
  if (root.hash !== batch.root.hash) return bad(`the contract holds another root for batch ${batch.id}: ${root.hash}`);
  return equalSums(root.sums, batch.root.sums) ? good : bad(`the contract holds other sums for batch ${batch.id}`);
}

function equalSums(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((sum, i) => sum === b[i]);
}
