import { hex } from '@scure/base';
import Type, { type Static } from 'typebox';
import { Id, PublicKey, Signature, Text, TimeMs } from '../wire/common.ts';
import type { Sha256, SumStep } from './sum-tree.ts';
import { receiptLeaf, type WorkReceipt } from './work-receipt.ts';

const strict = { additionalProperties: false } as const;
export const Hash = Type.String({ pattern: '^[0-9a-f]{64}$', minLength: 64, maxLength: 64, description: 'SHA-256 in hex' });
/** One spelling for each amount, so that no other digits pass for it. */
export const Amount = Type.String({ pattern: '^(0|[1-9][0-9]{0,38})$', maxLength: 39, description: 'yocto-DEAI (10⁻²⁴ DEAI), base 10' });
const Numeral = Type.String({
  pattern: '^(0|[1-9][0-9]*)(\\.[0-9]+)?(e[+-][0-9]+)?$',
  maxLength: 32,
  description: 'as JavaScript prints it',
});
export const Account = Type.String({ pattern: '^[a-z0-9._-]{2,64}$', minLength: 2, maxLength: 64, description: 'NEAR account' });
const BatchSums = { hash: Hash, sums: Type.Array(Amount, { minItems: 2, maxItems: 2, description: 'rewards, fees' }) };

/** A {@link WorkReceipt} in JSON, amounts as text. */
export const WorkReceiptJson = Type.Object(
  {
    taskId: Id,
    leaseId: Id,
    payer: Account,
    payee: Account,
    nodeKey: PublicKey,
    kind: Text({ minLength: 1, maxLength: 64 }),
    model: Text({ minLength: 1, maxLength: 200 }),
    inputHash: Hash,
    outputHash: Hash,
    units: Numeral,
    rewardYocto: Amount,
    feeYocto: Amount,
    startedAtMs: TimeMs,
    runMs: Numeral,
    path: Type.Array(Type.String({ pattern: '^[LR][0-9a-f]{64}$', minLength: 65, maxLength: 65 }), { maxItems: 64 }),
    signature: Signature,
  },
  strict,
);
export type WorkReceiptJson = Static<typeof WorkReceiptJson>;

/** The batch that settled a receipt, with the path from the receipt's leaf to the batch's root. */
export const ReceiptBatch = Type.Object(
  {
    id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'number of the batch in the contract' }),
    contractId: Account,
    root: Type.Object(BatchSums, strict),
    proof: Type.Array(
      Type.Object({ ...BatchSums, side: Type.Unsafe<'left' | 'right'>(Type.String({ enum: ['left', 'right'] })) }, strict),
      { maxItems: 64 },
    ),
  },
  strict,
);
export type ReceiptBatch = Static<typeof ReceiptBatch>;

/** A work receipt as it is handed out: signed by the node and by the network, and once settled with its place in a batch. */
export const ReceiptDocument = Type.Object(
  {
    version: Type.Literal(1),
    networkId: Text({ minLength: 1, maxLength: 64 }),
    receipt: WorkReceiptJson,
    gateway: Type.Object({ publicKey: PublicKey, signature: Signature }, strict),
    batch: Type.Optional(ReceiptBatch),
  },
  strict,
);
export type ReceiptDocument = Static<typeof ReceiptDocument>;

/** A receipt as it is encoded and hashed. */
export function receiptOfJson({ rewardYocto, feeYocto, ...rest }: WorkReceiptJson): WorkReceipt {
  return { ...rest, rewardYocto: BigInt(rewardYocto), feeYocto: BigInt(feeYocto) };
}

/** A receipt as it is sent. */
export function receiptToJson({ rewardYocto, feeYocto, path, ...rest }: WorkReceipt): WorkReceiptJson {
  return { ...rest, path: [...path], rewardYocto: rewardYocto.toString(), feeYocto: feeYocto.toString() };
}

/** Path to a batch's root as it is hashed. */
export function proofOfJson(proof: ReceiptBatch['proof']): SumStep[] {
  return proof.map(({ hash, sums, side }) => ({ hash: hex.decode(hash), sums: sums.map(BigInt), side }));
}

/** Path to a batch's root as it is sent. */
export function proofToJson(proof: readonly SumStep[]): ReceiptBatch['proof'] {
  return proof.map(({ hash, sums, side }) => ({ hash: hex.encode(hash), sums: sums.map(String), side }));
}

/** Hash of the receipt's leaf in hex: what the network signs. */
export function receiptHash(sha256: Sha256, receipt: WorkReceipt): string {
  return hex.encode(receiptLeaf(sha256, receipt).hash);
}

/** What the network signs for a receipt. Its id keeps a receipt of a test network from passing for one of another. */
export function receiptSigningText(networkId: string, hash: string): string {
  return `deai-receipt:v1\n${networkId}\n${hash}`;
}
