import Type, { type Static } from 'typebox';
import type { StatePatch } from '../../chain.types.ts';
import { AccountId, Base64, decodeBase64, defineMethod, fullKey, PublicKey } from '../params.ts';
import type { RpcMethod } from '../rpc.types.ts';
import { parseError } from '../rpc-error.ts';

/** The records of nearcore's sandbox. Fields that follow from others (storage usage, code hash) are accepted and computed. */
const Record_ = Type.Union([
  Type.Object({
    Account: Type.Object({ account_id: AccountId, account: Type.Object({ amount: Type.String({ pattern: '^\\d{1,39}$' }) }) }),
  }),
  Type.Object({
    AccessKey: Type.Object({ account_id: AccountId, public_key: PublicKey, access_key: Type.Object({ permission: Type.Unknown() }) }),
  }),
  Type.Object({ Contract: Type.Object({ account_id: AccountId, code: Base64 }) }),
  Type.Object({ Data: Type.Object({ account_id: AccountId, data_key: Base64, value: Base64 }) }),
]);
const PatchState = Type.Object({ records: Type.Array(Record_, { maxItems: 100_000 }) });
const FastForward = Type.Object({ delta_height: Type.Integer({ minimum: 1, maximum: 100_000_000 }) });
const Advance = Type.Object({ ms: Type.Integer({ minimum: 1, maximum: 100 * 365 * 86_400_000 }) });

function toPatch(record: Static<typeof Record_>): StatePatch {
  if ('Account' in record) {
    return { kind: 'account', accountId: record.Account.account_id, balanceYocto: BigInt(record.Account.account.amount) };
  }
  if ('AccessKey' in record) {
    const { account_id: accountId, public_key: publicKey, access_key: key } = record.AccessKey;
    if (key.permission !== 'FullAccess')
      throw parseError('Failed parsing args: sandbox_patch_state takes access keys with FullAccess alone');
    return { kind: 'accessKey', accountId, publicKey: fullKey(publicKey) };
  }
  if ('Contract' in record) {
    return { kind: 'code', accountId: record.Contract.account_id, code: decodeBase64(record.Contract.code, 'code') };
  }
  const { account_id: accountId, data_key: key, value } = record.Data;
  return { kind: 'data', accountId, key: decodeBase64(key, 'data_key'), value: decodeBase64(value, 'value') };
}

/** Changes without a transaction, for tests. The first two are those of nearcore's sandbox. */
export const sandboxMethods: Record<string, RpcMethod> = {
  sandbox_patch_state: defineMethod(PatchState, async ({ chain }, { records }) => {
    await chain.patchState(records.map(toPatch));
    return {};
  }),
  sandbox_fast_forward: defineMethod(FastForward, async ({ chain }, { delta_height: blocks }) => {
    await chain.fastForward(blocks);
    return {};
  }),
  deai_advance: defineMethod(Advance, async ({ chain }, { ms }) => {
    const { height, hash, timestampNanosec } = await chain.advance(ms);
    return { block_height: height, block_hash: hash, timestamp_nanosec: timestampNanosec };
  }),
};
