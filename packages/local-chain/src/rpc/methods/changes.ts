import Type, { type Static } from 'typebox';
import type { StateChangeView } from '../../chain.types.ts';
import { blockOf } from '../block-reference.ts';
import { AccountId, Base64, BlockReferenceFields, decodeBase64, defineMethod, fullKey, PublicKey } from '../params.ts';
import type { RpcContext, RpcMethod } from '../rpc.types.ts';

const Reference = Type.Object(BlockReferenceFields);
const AccountIds = Type.Array(AccountId, { maxItems: 10_000 });
const ofAccounts = (kinds: readonly string[]) =>
  Type.Object({ ...BlockReferenceFields, changes_type: Type.Enum([...kinds]), account_ids: AccountIds });

const Accounts = ofAccounts(['account_changes', 'all_access_key_changes', 'contract_code_changes']);
const Keys = Type.Object({
  ...BlockReferenceFields,
  changes_type: Type.Literal('single_access_key_changes'),
  keys: Type.Array(Type.Object({ account_id: AccountId, public_key: PublicKey }), { maxItems: 10_000 }),
});
const Data = Type.Object({
  ...BlockReferenceFields,
  changes_type: Type.Literal('data_changes'),
  account_ids: AccountIds,
  key_prefix_base64: Base64,
});
const Changes = Type.Union([Accounts, Keys, Data]);

/** What a change touches; the words of `EXPERIMENTAL_changes_in_block`. */
const TOUCHES: Record<StateChangeView['type'], string> = {
  account_update: 'account_touched',
  account_deletion: 'account_touched',
  access_key_update: 'access_key_touched',
  access_key_deletion: 'access_key_touched',
  data_update: 'data_touched',
  data_deletion: 'data_touched',
  contract_code_update: 'contract_code_touched',
  contract_code_deletion: 'contract_code_touched',
};
const TOUCHED: Record<string, string> = {
  account_changes: 'account_touched',
  all_access_key_changes: 'access_key_touched',
  single_access_key_changes: 'access_key_touched',
  contract_code_changes: 'contract_code_touched',
  data_changes: 'data_touched',
};

function wants(params: Static<typeof Changes>): (change: StateChangeView) => boolean {
  const touched = TOUCHED[params.changes_type];
  if ('keys' in params) {
    const keys = new Set(params.keys.map(({ account_id: id, public_key: key }) => `${id} ${fullKey(key)}`));
    return ({ type, change }) => TOUCHES[type] === touched && keys.has(`${change.account_id} ${change.public_key}`);
  }
  const ids = new Set(params.account_ids);
  const prefix = 'key_prefix_base64' in params ? decodeBase64(params.key_prefix_base64, 'key_prefix_base64') : Buffer.alloc(0);
  const hasPrefix = (key: unknown) => prefix.length === 0 || Buffer.from(String(key), 'base64').subarray(0, prefix.length).equals(prefix);
  return ({ type, change }) => TOUCHES[type] === touched && ids.has(change.account_id) && hasPrefix(change.key_base64);
}

function changes(context: RpcContext, params: Static<typeof Changes>): object {
  const block = blockOf(context, params);
  return { block_hash: block.hash, changes: context.chain.changes(block.height).filter(wants(params)) };
}

function effects(context: RpcContext, reference: Static<typeof Reference>): object {
  const block = blockOf(context, reference);
  const touched = new Map<string, object>();
  for (const { type, change } of context.chain.changes(block.height)) {
    touched.set(`${TOUCHES[type]} ${change.account_id}`, { type: TOUCHES[type], account_id: change.account_id });
  }
  return { block_hash: block.hash, changes: [...touched.values()] };
}

const byId = ([id]: readonly unknown[]) => ({ block_id: id });

/** What a block changed. */
export const changeMethods: Record<string, RpcMethod> = {
  changes: defineMethod(Changes, changes),
  EXPERIMENTAL_changes: defineMethod(Changes, changes),
  block_effects: defineMethod(Reference, effects, byId),
  EXPERIMENTAL_changes_in_block: defineMethod(Reference, effects, byId),
};
