import type { StateChangeView } from '../chain.types.ts';
import type { AccessKey, PublicKey } from './action.types.ts';
import { accessKeyView } from './action-view.ts';
import { publicKeyText } from './public-key.ts';
import type { Account, Change } from './state.ts';

const base64 = (value: string | Uint8Array) =>
  (typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value)).toString('base64');

/** RPC fields of an account. */
export function accountFields(account: Account) {
  return {
    amount: account.amount.toString(),
    locked: account.locked.toString(),
    code_hash: account.codeHash,
    storage_usage: account.storageUsage,
    storage_paid_at: 0 as const,
  };
}

/** A block's changes for RPC: the last value of each entry by what changed it. */
export function stateChanges(journal: readonly Change[]): StateChangeView[] {
  const last = new Map<string, Change>();
  for (const change of journal) {
    if (change.kind === 'record') continue;
    const cause = change.cause;
    const origin = 'tx_hash' in cause ? cause.tx_hash : 'receipt_hash' in cause ? cause.receipt_hash : '';
    last.set(`${cause.type}/${origin}/${change.kind}/${change.accountId}/${change.key}`, change);
  }
  return Array.from(last.values(), changeView);
}

function changeView({ kind, accountId, key, value, cause }: Change): StateChangeView {
  const removed = value === undefined;
  const account_id = accountId;
  switch (kind) {
    case 'account':
      if (removed) return { cause, type: 'account_deletion', change: { account_id } };
      return { cause, type: 'account_update', change: { account_id, ...accountFields(value as Account) } };
    case 'accessKey': {
      const public_key = publicKeyText(key as PublicKey);
      if (removed) return { cause, type: 'access_key_deletion', change: { account_id, public_key } };
      return { cause, type: 'access_key_update', change: { account_id, public_key, access_key: accessKeyView(value as AccessKey) } };
    }
    case 'code':
      if (removed) return { cause, type: 'contract_code_deletion', change: { account_id } };
      return { cause, type: 'contract_code_update', change: { account_id, code_base64: base64(value as Uint8Array) } };
    default: {
      const key_base64 = base64(key);
      if (removed) return { cause, type: 'data_deletion', change: { account_id, key_base64 } };
      return { cause, type: 'data_update', change: { account_id, key_base64, value_base64: base64(value as Uint8Array) } };
    }
  }
}
