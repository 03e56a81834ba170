import type { Static, TSchema } from 'typebox';
import Type from 'typebox';
import type { RpcContext, RpcMethod } from './rpc.types.ts';
import { parseError } from './rpc-error.ts';

/** A NEAR account id. */
export const AccountId = Type.String({
  minLength: 2,
  maxLength: 64,
  pattern: '^(([a-z0-9]+[-_])*[a-z0-9]+\\.)*([a-z0-9]+[-_])*[a-z0-9]+$',
});
/** A public key; without its type it is ed25519. */
export const PublicKey = Type.String({ maxLength: 128, pattern: '^((ed25519|secp256k1):)?[1-9A-HJ-NP-Za-km-z]+$' });
/** A hash in base58. */
export const Hash = Type.String({ maxLength: 44, pattern: '^[1-9A-HJ-NP-Za-km-z]+$' });
/** Bytes in base64. */
export const Base64 = Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$' });
/** A block's height or hash. */
export const BlockId = Type.Union([Type.Integer({ minimum: 0 }), Hash]);
/** Which block is meant. Exactly one should be given; the first counts. */
export const BlockReferenceFields = {
  block_id: Type.Optional(Type.Union([BlockId, Type.Null()])),
  finality: Type.Optional(Type.Enum(['optimistic', 'near-final', 'final'])),
  sync_checkpoint: Type.Optional(Type.Enum(['genesis', 'earliest_available'])),
};
const BlockReferenceObject = Type.Object(BlockReferenceFields);
/** Which block is meant. */
export type BlockReference = Static<typeof BlockReferenceObject>;

/** A method whose handler's parameters have the schema's type. */
export function defineMethod<Schema extends TSchema>(
  params: Schema,
  run: (context: RpcContext, params: Static<Schema>) => unknown,
  named?: (positional: readonly unknown[]) => unknown,
): RpcMethod {
  return { params, run: (context, given) => run(context, given as Static<Schema>), ...(named ? { named } : {}) };
}

/** The key with its type, as the chain spells it. */
export function fullKey(publicKey: string): string {
  return publicKey.includes(':') ? publicKey : `ed25519:${publicKey}`;
}

/** @throws RpcError PARSE_ERROR if this is no base64 */
export function decodeBase64(text: string, field: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (Math.floor((text.replace(/=+$/, '').length * 3) / 4) !== bytes.length) throw parseError(`Failed parsing args: ${field} is no base64`);
  return bytes;
}
