import { createHash } from 'node:crypto';
import { base58 } from '../crypto/base58.ts';
import { MIN_ALLOWED_TOP_LEVEL_ACCOUNT_LENGTH, STORAGE_NUM_BYTES_ACCOUNT } from '../vm/parameters.ts';
import { accountKind, isSubAccountOf, isTopLevel } from './account-id.ts';
import type { AccessKey, Action } from './action.types.ts';
import { accessKeyStorage, NONCES_PER_BLOCK } from './environment.ts';
import { publicKeyOf, publicKeyText } from './public-key.ts';
import { refundReceipt } from './receipt.ts';
import type { Apply, ReceiptRun } from './receipt-run.ts';
import { NO_CODE } from './state.ts';

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;
/** An account with more than this in storage besides its code cannot be deleted at once. */
const MAX_DELETED_STORAGE = 10_000;

export const createAccount: Apply<Of<'CreateAccount'>> = (run) => {
  const { accountId } = run;
  const predecessorId = run.receipt.predecessorId;
  if (accountKind(accountId) !== 'named') return { OnlyImplicitAccountCreationAllowed: { account_id: accountId } };
  if (isTopLevel(accountId)) {
    const registrarId = run.env.registrarId;
    if (accountId.length < MIN_ALLOWED_TOP_LEVEL_ACCOUNT_LENGTH && predecessorId !== registrarId) {
      return {
        CreateAccountOnlyByRegistrar: { account_id: accountId, registrar_account_id: registrarId, predecessor_id: predecessorId },
      };
    }
  } else if (!isSubAccountOf(accountId, predecessorId)) {
    return { CreateAccountNotAllowed: { account_id: accountId, predecessor_id: predecessorId } };
  }
  run.env.state.setAccount(accountId, { amount: 0n, locked: 0n, codeHash: NO_CODE, storageUsage: STORAGE_NUM_BYTES_ACCOUNT });
  run.actorId = accountId;
  return undefined;
};

export const transfer: Apply<Of<'Transfer'>> = (run, action) => {
  if (run.account === undefined) createImplicit(run);
  run.update({ amount: run.existing.amount + action.deposit });
  return undefined;
};

/** A hex account is its own full-access key; an address has none, and no wallet contract here. */
function createImplicit(run: ReceiptRun): void {
  const { accountId, env } = run;
  env.state.setAccount(accountId, { amount: 0n, locked: 0n, codeHash: NO_CODE, storageUsage: STORAGE_NUM_BYTES_ACCOUNT });
  if (accountKind(accountId) !== 'near') return;
  const key = publicKeyOf(Buffer.concat([Uint8Array.of(0), Buffer.from(accountId, 'hex')]));
  putKey(run, key, { nonce: 0, permission: { kind: 'FullAccess' } });
}

function putKey(run: ReceiptRun, publicKey: Of<'AddKey'>['publicKey'], accessKey: AccessKey): void {
  const { accountId, env } = run;
  env.state.set('accessKey', accountId, publicKey, { ...accessKey, nonce: (env.height - 1) * NONCES_PER_BLOCK });
  run.update({ storageUsage: run.existing.storageUsage + accessKeyStorage(publicKey, accessKey) });
}

export const addKey: Apply<Of<'AddKey'>> = (run, { publicKey, accessKey }) => {
  if (run.env.state.accessKey(run.accountId, publicKey) !== undefined) {
    return { AddKeyAlreadyExists: { account_id: run.accountId, public_key: publicKeyText(publicKey) } };
  }
  putKey(run, publicKey, accessKey);
  return undefined;
};

export const deleteKey: Apply<Of<'DeleteKey'>> = (run, { publicKey }) => {
  const { accountId, env } = run;
  const accessKey = env.state.accessKey(accountId, publicKey);
  if (accessKey === undefined) return { DeleteKeyDoesNotExist: { account_id: accountId, public_key: publicKeyText(publicKey) } };
  env.state.set('accessKey', accountId, publicKey, undefined);
  run.update({ storageUsage: Math.max(0, run.existing.storageUsage - accessKeyStorage(publicKey, accessKey)) });
  return undefined;
};

export const deployContract: Apply<Of<'DeployContract'>> = (run, { code }) => {
  const { accountId, env } = run;
  const oldBytes = env.state.get('code', accountId)?.length ?? 0;
  env.state.set('code', accountId, '', code.length === 0 ? undefined : code);
  const codeHash = code.length === 0 ? NO_CODE : base58(createHash('sha256').update(code).digest());
  run.update({ codeHash, storageUsage: run.existing.storageUsage - oldBytes + code.length });
  return undefined;
};

/** There are no epochs: stake is locked and released at once, and makes nobody a validator. */
export const stake: Apply<Of<'Stake'>> = (run, action) => {
  const { amount, locked } = run.existing;
  if (action.stake === 0n && locked === 0n) return { TriesToUnstake: { account_id: run.accountId } };
  if (action.stake > amount + locked) {
    return {
      TriesToStake: {
        account_id: run.accountId,
        stake: action.stake.toString(),
        locked: locked.toString(),
        balance: amount.toString(),
      },
    };
  }
  run.update({ amount: amount + locked - action.stake, locked: action.stake });
  return undefined;
};

export const deleteAccount: Apply<Of<'DeleteAccount'>> = (run, { beneficiaryId }) => {
  const { accountId, env } = run;
  const { amount, storageUsage } = run.existing;
  const codeBytes = env.state.get('code', accountId)?.length ?? 0;
  if (storageUsage - codeBytes > MAX_DELETED_STORAGE) return { DeleteAccountWithLargeState: { account_id: accountId } };
  if (amount > 0n) run.newReceipts.push(refundReceipt(run.ids.next(), run.receipt.txHash, beneficiaryId, amount));
  env.state.removeAccount(accountId);
  return undefined;
};
