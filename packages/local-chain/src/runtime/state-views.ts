import type { AccessKeyView, AccountView, BlockRecord, CallView } from '../chain.types.ts';
import { fromBase58 } from '../crypto/base58.ts';
import { ViewError } from '../errors.types.ts';
import { prepareContract } from '../vm/prepare-contract.ts';
import { runContract } from '../vm/run-contract.ts';
import type { InstrumentedStore } from '../vm/vm.types.ts';
import { isAccountId } from './account-id.ts';
import type { PublicKey } from './action.types.ts';
import { accessKeyView } from './action-view.ts';
import { EPOCH_LENGTH } from './environment.ts';
import { failureView, storageOf, totalStake } from './function-call.ts';
import { NO_KEY, parsePublicKey, publicKeyBytes, publicKeyText } from './public-key.ts';
import type { Account, State } from './state.ts';
import { accountFields } from './state-changes.ts';

/** Views of the newest state. All throw ViewError for what is not there. */
export class StateViews {
  private readonly state: State;
  private readonly chainId: string;
  private readonly instrumented: InstrumentedStore | undefined;

  constructor(state: State, chainId: string, instrumented?: InstrumentedStore) {
    this.state = state;
    this.chainId = chainId;
    this.instrumented = instrumented;
  }

  private account(accountId: string): Account {
    if (!isAccountId(accountId)) throw new ViewError('INVALID_ACCOUNT', accountId);
    const account = this.state.account(accountId);
    if (account === undefined) throw new ViewError('UNKNOWN_ACCOUNT', accountId);
    return account;
  }

  viewAccount(accountId: string): AccountView {
    return accountFields(this.account(accountId));
  }

  viewAccessKey(accountId: string, publicKey: string): AccessKeyView {
    this.account(accountId);
    const key = parsePublicKey(publicKey);
    const accessKey = key && this.state.accessKey(accountId, key);
    if (accessKey === undefined) throw new ViewError('UNKNOWN_ACCESS_KEY', publicKey);
    return accessKeyView(accessKey);
  }

  viewAccessKeyList(accountId: string): { public_key: string; access_key: AccessKeyView }[] {
    this.account(accountId);
    return Array.from(this.state.entries('accessKey', accountId), ([key, accessKey]) => ({
      public_key: publicKeyText(key as PublicKey),
      access_key: accessKeyView(accessKey),
    }));
  }

  viewState(accountId: string, prefix: Uint8Array): { key: Uint8Array; value: Uint8Array }[] {
    this.account(accountId);
    const start = Buffer.from(prefix).toString('latin1');
    return Array.from(this.state.entries('data', accountId))
      .filter(([key]) => key.startsWith(start))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ key: Buffer.from(key, 'latin1'), value }));
  }

  viewCode(accountId: string): { code: Uint8Array; hash: string } {
    const { codeHash: hash } = this.account(accountId);
    const code = this.state.get('code', accountId);
    if (code === undefined) throw new ViewError('NO_CONTRACT_CODE', accountId);
    return { code, hash };
  }

  callView(accountId: string, method: string, args: Uint8Array, head: BlockRecord): CallView {
    const { state } = this;
    const account = this.account(accountId);
    const { code, hash } = this.viewCode(accountId);
    const outcome = runContract(
      prepareContract(hash, code, this.instrumented),
      method,
      {
        chainId: this.chainId,
        currentAccountId: accountId,
        signerAccountId: accountId,
        signerPublicKey: publicKeyBytes(NO_KEY),
        predecessorAccountId: accountId,
        refundToAccountId: accountId,
        input: args,
        promiseResults: [],
        outputDataReceivers: [],
        blockHeight: head.height,
        blockTimestampNs: BigInt(head.timestampNanosec),
        epochHeight: Math.floor(head.height / EPOCH_LENGTH) + 1,
        accountBalance: account.amount,
        accountLockedBalance: account.locked,
        storageUsage: account.storageUsage,
        attachedDeposit: 0n,
        prepaidGas: 0,
        randomSeed: fromBase58(head.randomValue),
        codeHash: hash,
        isView: true,
      },
      {
        ...storageOf(state, accountId),
        validatorStake: (id) => state.account(id)?.locked ?? 0n,
        validatorTotalStake: () => totalStake(state),
        newDataId: () => new Uint8Array(32),
        resumeYield: () => false,
      },
    );
    if (outcome.failure) {
      throw new ViewError('CONTRACT_EXECUTION_ERROR', executionErrorText(failureView(outcome.failure)));
    }
    const result = outcome.returned.kind === 'value' ? outcome.returned.value : new Uint8Array();
    return { result, logs: outcome.logs };
  }
}

function executionErrorText(error: ReturnType<typeof failureView>): string {
  if ('ExecutionError' in error) return error.ExecutionError;
  return 'MethodResolveError' in error ? `MethodResolveError(${error.MethodResolveError})` : JSON.stringify(error);
}
