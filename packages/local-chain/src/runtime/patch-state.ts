import type { StatePatch } from '../chain.types.ts';
import { sha256Base58 } from '../crypto/sha256.ts';
import { STORAGE_NUM_BYTES_ACCOUNT, STORAGE_NUM_EXTRA_BYTES_RECORD } from '../vm/parameters.ts';
import { accessKeyStorage } from './environment.ts';
import { parsePublicKey } from './public-key.ts';
import { type Account, NO_CODE, type State } from './state.ts';

const NEW_ACCOUNT: Account = { amount: 0n, locked: 0n, codeHash: NO_CODE, storageUsage: STORAGE_NUM_BYTES_ACCOUNT };

/** Overwrites state. Returns by how many yocto the balances grew. @throws Error for a key that is none */
export function patchState(state: State, patches: readonly StatePatch[]): bigint {
  let minted = 0n;
  for (const patch of patches) {
    const account = state.account(patch.accountId) ?? NEW_ACCOUNT;
    if (patch.kind === 'account') minted += patch.balanceYocto - account.amount;
    state.setAccount(patch.accountId, { ...account, ...apply(state, patch, account) });
  }
  return minted;
}

function apply(state: State, patch: StatePatch, account: Account): Partial<Account> {
  const { accountId } = patch;
  switch (patch.kind) {
    case 'account':
      return { amount: patch.balanceYocto };
    case 'accessKey': {
      const key = parsePublicKey(patch.publicKey);
      if (key === undefined) throw new Error(`${patch.publicKey} is no public key (ed25519:… or secp256k1:…)`);
      const accessKey = { nonce: 0, permission: { kind: 'FullAccess' } } as const;
      const added = state.accessKey(accountId, key) === undefined ? accessKeyStorage(key, accessKey) : 0;
      state.set('accessKey', accountId, key, accessKey);
      return { storageUsage: account.storageUsage + added };
    }
    case 'code': {
      const oldBytes = state.get('code', accountId)?.length ?? 0;
      state.set('code', accountId, '', patch.code);
      return { codeHash: sha256Base58(patch.code), storageUsage: account.storageUsage - oldBytes + patch.code.length };
    }
    case 'data': {
      const key = Buffer.from(patch.key).toString('latin1');
      const old = state.get('data', accountId, key);
      state.set('data', accountId, key, patch.value);
      const added = old === undefined ? key.length + STORAGE_NUM_EXTRA_BYTES_RECORD : -old.length;
      return { storageUsage: account.storageUsage + added + patch.value.length };
    }
  }
}
