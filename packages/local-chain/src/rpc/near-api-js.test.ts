import {
  Account,
  actions,
  baseDecode,
  createTransaction,
  JsonRpcProvider,
  KeyPair,
  KeyPairSigner,
  type KeyPairString,
  nearToYocto,
} from 'near-api-js';
import {
  AccessKeyDoesNotExistError,
  AccessKeyMethodNameMismatchActionError,
  AccessKeyNotEnoughAllowanceActionError,
  AccessKeyReceiverMismatchActionError,
  AccountAlreadyExistsActionError,
  AccountDoesNotExistActionError,
  AccountDoesNotExistError,
  ContractCodeDoesNotExistError,
  ContractExecutionError,
  ContractMethodNotFoundError,
  GarbageCollectedBlockError,
  InvalidNonceError,
  InvalidSignatureError,
  NotEnoughBalanceError,
  UnknownBlockError,
  UnknownChunkError,
  UnknownReceiptError,
  UnknownTransactionError,
} from 'near-api-js/rpc-errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalChain, startLocalChain } from '../node/start-local-chain.ts';
import { buildTestContract } from './testing/test-contract.fixture.ts';

const ONE = nearToYocto('1');
const NO_HASH = '11111111111111111111111111111111';

let local: LocalChain;
let provider: JsonRpcProvider;
let root: Account;
let wasm: Uint8Array;

beforeAll(async () => {
  wasm = await buildTestContract();
  local = await startLocalChain();
  provider = new JsonRpcProvider({ url: local.rpcUrl });
  root = new Account(local.root.accountId, provider, local.root.secretKey as KeyPairString);
});
afterAll(() => local.close());

/** A new account below the root, with a key of its own. */
async function newAccount(name: string, near: `${number}` = '10'): Promise<Account> {
  const key = KeyPair.fromRandom('ed25519');
  const accountId = `${name}.deai.local`;
  await root.createAccount({ newAccountId: accountId, publicKey: key.getPublicKey(), nearToTransfer: nearToYocto(near) });
  return new Account(accountId, provider, new KeyPairSigner(key));
}

async function newContract(name: string): Promise<Account> {
  const account = await newAccount(name);
  await account.deployContract(wasm);
  return account;
}

async function signedTransfer(from: Account, to: string, change: { nonce?: bigint; amount?: bigint; key?: KeyPair } = {}) {
  const signer = change.key ? new KeyPairSigner(change.key) : (from.getSigner() as KeyPairSigner);
  const publicKey = await signer.getPublicKey();
  const { nonce } = change.key ? { nonce: 0n } : await from.getAccessKey(publicKey);
  const { header } = await provider.viewBlock({ finality: 'final' });
  const transfer = [actions.transfer(change.amount ?? 1n)];
  const tx = createTransaction(from.accountId, publicKey, to, change.nonce ?? nonce + 1n, transfer, baseDecode(header.hash));
  return (await signer.signTransaction(tx)).signedTransaction;
}

describe('near-api-js asks the node', () => {
  it('for its network, blocks, chunks, gas price, validators and configuration', async () => {
    expect(await provider.getNetworkId()).toBe('deai-local');
    const block = await provider.viewBlock({ finality: 'final' });
    expect(block.author).toBe('deai.local');
    expect(await provider.viewBlock({ blockId: block.header.height })).toEqual(block);
    expect(await provider.viewBlock({ blockId: block.header.hash })).toEqual(block);
    const chunk = await provider.viewChunk(block.chunks[0]?.chunk_hash ?? '');
    expect(chunk.header.height_included).toBe(block.header.height);
    expect(await provider.viewGasPrice()).toEqual({ gas_price: block.header.gas_price });
    expect((await provider.viewValidators()).current_validators).toMatchObject([{ account_id: 'deai.local' }]);
    const config = await provider.experimental_protocolConfig({ finality: 'final' });
    expect(config.runtime_config?.storage_amount_per_byte).toBe('10000000000000000000');
    expect(config.runtime_config?.wasm_config?.limit_config?.max_total_prepaid_gas).toBeDefined();
  });

  it('for an account, its keys and its balance', async () => {
    const account = await newAccount('ann', '7');
    const { balance, storageUsage, codeHash } = await account.getState();
    expect(balance.total).toBe(nearToYocto('7'));
    expect(balance.usedOnStorage).toBe(BigInt(storageUsage) * 10n ** 19n);
    expect(codeHash).toBe(NO_HASH);
    const { keys } = await account.getAccessKeyList();
    expect(keys).toMatchObject([{ access_key: { permission: 'FullAccess' } }]);
  });
});

describe('near-api-js sends transactions', () => {
  it('that transfer, and reads their outcome, receipts and block', async () => {
    const bea = await newAccount('bea', '1');
    const sent = await root.transfer({ receiverId: bea.accountId, amount: ONE });
    expect(sent.final_execution_status).toBe('FINAL');
    expect(sent.status).toEqual({ SuccessValue: '' });
    expect((await bea.getState()).balance.total).toBe(2n * ONE);
    const { hash } = sent.transaction as { hash: string };
    const seen = await provider.viewTransactionStatus({ txHash: hash, accountId: root.accountId, waitUntil: 'FINAL' });
    expect(seen).toEqual(sent);
    const full = await provider.viewTransactionStatusWithReceipts({ txHash: hash, accountId: root.accountId, waitUntil: 'FINAL' });
    const receipts = (full as unknown as { receipts: { receipt_id: string; receiver_id: string }[] }).receipts;
    expect(receipts[0]).toMatchObject({ receiver_id: bea.accountId });
    expect(await provider.viewTransactionReceipt(receipts[0]?.receipt_id ?? '')).toEqual(receipts[0]);
    const { transactions } = await provider.viewChunk((await blockOf(sent.transaction_outcome.block_hash)).chunks[0]?.chunk_hash ?? '');
    expect(transactions.map((tx) => tx.hash)).toContain(hash);
  });

  const blockOf = (blockId: string) => provider.viewBlock({ blockId });

  it('with every wait_until', async () => {
    const cat = await newAccount('cat', '1');
    for (const waitUntil of ['NONE', 'INCLUDED', 'EXECUTED_OPTIMISTIC', 'INCLUDED_FINAL', 'EXECUTED', 'FINAL'] as const) {
      const tx = await signedTransfer(root, cat.accountId);
      const result = await provider.sendTransactionUntil(tx, waitUntil);
      expect(result.final_execution_status).toBeDefined();
      await local.chain.settle();
    }
    expect((await cat.getState()).balance.total).toBe(ONE + 6n);
  });

  it('many at once from one key', async () => {
    const dan = await newAccount('dan', '1');
    await Promise.all(Array.from({ length: 40 }, () => root.transfer({ receiverId: dan.accountId, amount: 1n })));
    expect((await dan.getState()).balance.total).toBe(ONE + 40n);
  });

  it('again, as after a lost answer, without a second effect', async () => {
    const eve = await newAccount('eve', '1');
    const tx = await signedTransfer(root, eve.accountId);
    const [first, second] = await Promise.all([provider.sendTransaction(tx), provider.sendTransaction(tx)]);
    const third = await provider.sendTransaction(tx);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect((await eve.getState()).balance.total).toBe(ONE + 1n);
  });

  it('that deploy a contract, call it and view it', async () => {
    const contract = await newContract('store');
    const outcome = await root.callFunctionRaw({ contractId: contract.accountId, methodName: 'set', args: { text: 'kept' } });
    expect(outcome.receipts_outcome.flatMap(({ outcome: { logs } }) => logs)).toEqual(['stored']);
    expect(outcome.receipts_outcome[0]?.outcome.gas_burnt).toBeGreaterThan(9e11);
    expect(await provider.callFunction({ contractId: contract.accountId, method: 'get', args: {} })).toEqual({ text: 'kept' });
    expect(await root.callFunction({ contractId: contract.accountId, methodName: 'echo', args: { a: 1 } })).toEqual({ a: 1 });
    const { values } = await contract.getContractState();
    expect(values.map(({ key, value }) => [atob(key), atob(value)])).toEqual([['value', '{"text":"kept"}']]);
    expect((await contract.getContractCode()).code).toEqual(new Uint8Array(wasm));
  });

  it('that call from contract to contract, with one outcome a receipt', async () => {
    const relay = await newContract('relay');
    await newContract('echo');
    const outcome = await root.callFunctionRaw({ contractId: relay.accountId, methodName: 'relay' });
    expect(outcome.status).toEqual({ SuccessValue: btoa('"hello"') });
    const executors = outcome.receipts_outcome.map(({ outcome: { executor_id: id } }) => id);
    expect(executors.filter((id) => id !== root.accountId)).toEqual(['relay.deai.local', 'echo.deai.local']);
  });

  it('on behalf of another, by a signed delegate action', async () => {
    const fay = await newAccount('fay', '1');
    const gus = await newAccount('gus', '1');
    const before = (await fay.getState()).balance.total;
    const { signedDelegate } = await fay.createSignedMetaTransaction({ receiverId: gus.accountId, actions: [actions.transfer(5n)] });
    const relayed = await root.relayMetaTransaction(signedDelegate);
    expect(relayed.status).toEqual({ SuccessValue: '' });
    expect((await gus.getState()).balance.total).toBe(ONE + 5n);
    // The relayer pays for everything, deposits too.
    expect((await fay.getState()).balance.total).toBe(before);
  });

  it('with a key for one contract, within its methods and allowance', async () => {
    const hal = await newAccount('hal');
    const contract = await newContract('keyed');
    const key = KeyPair.fromRandom('ed25519');
    const allowance = nearToYocto('0.01');
    await hal.addFunctionCallAccessKey({
      publicKey: key.getPublicKey(),
      contractId: contract.accountId,
      methodNames: ['set'],
      allowance,
    });
    const app = new Account(hal.accountId, provider, new KeyPairSigner(key));
    const gas = 10n ** 13n;
    await app.callFunction({ contractId: contract.accountId, methodName: 'set', args: { by: 'app' }, gas });
    const left = await app.getAccessKey(key.getPublicKey());
    const { FunctionCall } = left.permission as { FunctionCall: { allowance: string } };
    expect(BigInt(FunctionCall.allowance)).toBeLessThan(allowance);
    expect(BigInt(FunctionCall.allowance)).toBeGreaterThan(0n);
    await expect(app.callFunction({ contractId: contract.accountId, methodName: 'get', gas })).rejects.toThrow(
      AccessKeyMethodNameMismatchActionError,
    );
    await expect(app.callFunction({ contractId: root.accountId, methodName: 'set', gas })).rejects.toThrow(
      AccessKeyReceiverMismatchActionError,
    );
    await expect(app.callFunction({ contractId: contract.accountId, methodName: 'set', gas: 250n * 10n ** 12n })).rejects.toThrow(
      AccessKeyNotEnoughAllowanceActionError,
    );
    await hal.deleteKey(key.getPublicKey());
    await expect(hal.getAccessKey(key.getPublicKey())).rejects.toThrow(AccessKeyDoesNotExistError);
  });

  it('and finds what they changed', async () => {
    const ida = await newAccount('ida', '1');
    const sent = await root.transfer({ receiverId: ida.accountId, amount: 3n });
    const blockId = sent.receipts_outcome[0]?.block_hash ?? '';
    const { changes } = (await provider.accountChanges([ida.accountId], { blockId })) as unknown as { changes: object[] };
    expect(changes.at(-1)).toMatchObject({ type: 'account_update', change: { account_id: ida.accountId, amount: String(ONE + 3n) } });
    const touched = (await provider.blockChanges({ blockId })) as unknown as { changes: object[] };
    expect(touched.changes).toContainEqual({ type: 'account_touched', account_id: ida.accountId });
  });
});

describe('near-api-js throws its own errors', () => {
  it('about accounts, keys and contracts that are not there', async () => {
    const nobody = new Account('nobody.deai.local', provider);
    await expect(nobody.getState()).rejects.toThrow(AccountDoesNotExistError);
    await expect(nobody.getState()).rejects.toMatchObject({ accountId: 'nobody.deai.local' });
    const key = KeyPair.fromRandom('ed25519').getPublicKey();
    await expect(root.getAccessKey(key)).rejects.toThrow(AccessKeyDoesNotExistError);
    await expect(root.getContractCode()).rejects.toThrow(ContractCodeDoesNotExistError);
    await expect(provider.callFunction({ contractId: root.accountId, method: 'get', args: {} })).rejects.toThrow(
      ContractCodeDoesNotExistError,
    );
  });

  it('about blocks, chunks, transactions and receipts that are not there', async () => {
    await expect(provider.viewBlock({ blockId: 1_000_000_000 })).rejects.toThrow(UnknownBlockError);
    await expect(provider.viewBlock({ blockId: NO_HASH })).rejects.toThrow(UnknownBlockError);
    await expect(provider.viewChunk(NO_HASH)).rejects.toThrow(UnknownChunkError);
    await expect(provider.viewTransactionStatus({ txHash: NO_HASH, accountId: 'deai.local', waitUntil: 'FINAL' })).rejects.toThrow(
      UnknownTransactionError,
    );
    await expect(provider.viewTransactionReceipt(NO_HASH)).rejects.toThrow(UnknownReceiptError);
    const { header } = await provider.viewBlock({ finality: 'final' });
    await root.transfer({ receiverId: root.accountId, amount: 1n });
    await expect(provider.viewAccount({ accountId: root.accountId, blockQuery: { blockId: header.hash } })).rejects.toThrow(
      GarbageCollectedBlockError,
    );
  });

  it('about view calls that fail', async () => {
    const contract = await newContract('fails');
    const view = (method: string) => provider.callFunction({ contractId: contract.accountId, method, args: {} });
    await expect(view('nothing')).rejects.toThrow(ContractMethodNotFoundError);
    await expect(view('boom')).rejects.toThrow('ERR_BOOM: as asked');
    await expect(view('set')).rejects.toThrow('storage_write');
  });

  it('about transactions that are refused', async () => {
    const jan = await newAccount('jan', '1');
    const send = async (change: Parameters<typeof signedTransfer>[2]) =>
      await provider.sendTransaction(await signedTransfer(jan, root.accountId, change));
    await expect(send({ nonce: 1n })).rejects.toThrow(InvalidNonceError);
    await expect(send({ amount: 2n * ONE })).rejects.toThrow(NotEnoughBalanceError);
    await expect(send({ key: KeyPair.fromRandom('ed25519') })).rejects.toThrow('Access key');
    const forged = await signedTransfer(jan, root.accountId);
    const bytes = (forged.signature as unknown as { ed25519Signature: { data: Uint8Array } }).ed25519Signature.data;
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    await expect(provider.sendTransaction(forged)).rejects.toThrow(InvalidSignatureError);
  });

  it('about transactions that fail while they run', async () => {
    const contract = await newContract('panics');
    await expect(root.transfer({ receiverId: 'missing.deai.local', amount: 1n })).rejects.toThrow(AccountDoesNotExistActionError);
    await expect(newAccount('panics')).rejects.toThrow(AccountAlreadyExistsActionError);
    const boom = root.callFunction({ contractId: contract.accountId, methodName: 'boom' });
    await expect(boom).rejects.toThrow(ContractExecutionError);
    await expect(boom).rejects.toThrow('Smart contract panicked: ERR_BOOM: as asked');
    await expect(boom).rejects.toMatchObject({ transactionResult: { status: { Failure: { ActionError: { index: 0 } } } } });
  });
});
