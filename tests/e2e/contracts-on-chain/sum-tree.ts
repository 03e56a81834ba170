import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A node of a batch's tree as the contract takes it: hash in hex, sums in yocto. */
export interface SumNode {
  hash: string;
  sums: string[];
}

/** A step of a proof. */
export interface Step extends SumNode {
  side: 'left' | 'right';
}

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function u128(value: bigint): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(value & 0xffffffffffffffffn);
  bytes.writeBigUInt64LE(value >> 64n, 8);
  return bytes;
}

/** A leaf by its borsh bytes. */
export function leafNode(borsh: Uint8Array, sums: readonly bigint[]): SumNode {
  return { hash: hex(sha256(Uint8Array.of(0), borsh)), sums: sums.map(String) };
}

/** Where a proof leads from a node. */
export function climb(node: SumNode, proof: readonly Step[]): SumNode {
  return proof.reduce((below, step) => (step.side === 'left' ? join(step, below) : join(below, step)), node);
}

function join(left: SumNode, right: SumNode): SumNode {
  const bytes = [left, right].flatMap(({ hash, sums }) => [Buffer.from(hash, 'hex'), ...sums.map((sum) => u128(BigInt(sum)))]);
  const sums = left.sums.map((sum, index) => (BigInt(sum) + BigInt(right.sums[index] as string)).toString());
  return { hash: hex(sha256(Uint8Array.of(1), ...bytes)), sums };
}

/** A proof as long as that of a tree of 2^length leaves: siblings that nobody knows the inside of. */
export function longProof(length: number, sums: readonly bigint[]): Step[] {
  return Array.from({ length }, (_, index) => ({
    hash: hex(sha256(Buffer.from(`sibling ${index}`))),
    sums: sums.map(String),
    side: index % 2 === 0 ? 'right' : 'left',
  }));
}

/** A leaf of the rewards tree, as JSON and as a node. */
export function rewardsLeaf(account: string, cumulative: bigint, firstBatch: number) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(account.length);
  const batch = Buffer.alloc(8);
  batch.writeBigUInt64LE(BigInt(firstBatch));
  const borsh = Buffer.concat([length, Buffer.from(account), u128(cumulative), batch]);
  return { leaf: { account, cumulative: cumulative.toString(), first_batch: firstBatch }, node: leafNode(borsh, [cumulative]) };
}

interface Fixture {
  batches: { receipts: { leaves: { leaf: { reward: string; fee: string; signature: string }; borsh: string }[] } }[];
}

/** A signed work receipt out of the contracts' fixture, or the same with a signature that is none. */
export function workReceipt(signed: boolean) {
  const fixture = JSON.parse(readFileSync(new URL('../../../contracts/fixtures/batch.json', import.meta.url), 'utf8')) as Fixture;
  const [first] = fixture.batches[0]?.receipts.leaves ?? [];
  if (!first) throw new Error('the fixture has no receipt');
  const borsh = Buffer.from(first.borsh, 'hex');
  const signature = Buffer.from(first.leaf.signature, 'base64');
  if (!signed) {
    // The signature is the last field.
    borsh.writeUInt8(borsh.readUInt8(borsh.length - 64) ^ 1, borsh.length - 64);
    signature.writeUInt8(signature.readUInt8(0) ^ 1, 0);
  }
  const sums = [BigInt(first.leaf.reward), BigInt(first.leaf.fee)];
  return { leaf: { ...first.leaf, signature: signature.toString('base64') }, node: leafNode(borsh, sums) };
}

/** What a node signs about one attempt; the result stands at the top of its frame, so the path is empty. */
export function signedResult(sign: (message: Uint8Array) => Uint8Array, taskId: string, leaseId: string, output: string) {
  const outputHash = hex(sha256(Buffer.from(output)));
  const facts = { output_hash: outputHash, units: '12.5', started_at_ms: 1_700_000_000_000, run_ms: '41.27' };
  const text = `deai-result:v1\n${taskId}\n${leaseId}\nok ${outputHash}\n${facts.units}\n${facts.started_at_ms}\n${facts.run_ms}`;
  const root = hex(sha256(Uint8Array.of(0), Buffer.from(text)));
  const signature = Buffer.from(sign(Buffer.from(`deai-results:v1\n${root}`))).toString('base64');
  return { ...facts, path: [], signature };
}
