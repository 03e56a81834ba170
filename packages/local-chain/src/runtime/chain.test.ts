import { describe, expect, it } from 'vitest';
import type { Chain } from '../chain.types.ts';
import { InvalidTxError } from '../errors.types.ts';
import { createMemoryStore } from '../memory-store.ts';
import { wat } from '../vm/fixtures/wat.fixture.ts';
import { ACTION_FEES } from '../vm/parameters.ts';
import {
  call,
  delegateOf,
  encodeTransaction,
  failureOf,
  keyOf,
  NEAR,
  send,
  TGAS,
  testChain,
  testClock,
  textOf,
} from './fixtures/transactions.fixture.ts';

const amount = (chain: Chain, accountId: string) => BigInt(chain.viewAccount(accountId).amount);
const refusal = (submit: () => unknown) => {
  try {
    submit();
  } catch (error) {
    return error instanceof InvalidTxError ? error.kind : error;
  }
  return 'accepted';
};

describe('transfers and fees', () => {
  it('moves the amount and burns exactly the fees of a transfer', async () => {
    const chain = await testChain({ alice: undefined, bob: undefined });
    const outcome = await send(chain, { signerId: 'alice', receiverId: 'bob', actions: [{ kind: 'Transfer', deposit: NEAR }] });
    const { action_receipt_creation: receipt, action_transfer: transfer } = ACTION_FEES;
    const gas = receipt.send_not_sir + receipt.execution + transfer.send_not_sir + transfer.execution;
    expect(amount(chain, 'bob')).toBe(1_001n * NEAR);
    expect(amount(chain, 'alice')).toBe(999n * NEAR - BigInt(gas) * 100_000_000n);
    expect(outcome.progress).toBe('FINAL');
    expect(outcome.status).toEqual({ SuccessValue: '' });
    expect(outcome.transactionOutcome.outcome.gas_burnt).toBe(receipt.send_not_sir + transfer.send_not_sir);
    expect(BigInt(chain.head.totalSupplyYocto)).toBe(3_000n * NEAR - BigInt(gas) * 100_000_000n);
  });

  it('gives the deposit back when the receiver does not exist', async () => {
    const chain = await testChain({ alice: undefined });
    const outcome = await send(chain, { signerId: 'alice', receiverId: 'nobody', actions: [{ kind: 'Transfer', deposit: NEAR }] });
    expect(failureOf(outcome)).toEqual({ ActionError: { index: 0, kind: { AccountDoesNotExist: { account_id: 'nobody' } } } });
    expect(amount(chain, 'alice')).toBeGreaterThan(999n * NEAR + NEAR / 2n);
  });

  it('creates an implicit account with its own key by a transfer', async () => {
    const chain = await testChain({ alice: undefined });
    const key = keyOf('somebody');
    const accountId = Buffer.from(key.publicKey, 'latin1').subarray(1).toString('hex');
    await send(chain, { signerId: 'alice', receiverId: accountId, actions: [{ kind: 'Transfer', deposit: NEAR }] });
    await send(chain, { signerId: accountId, key, receiverId: 'alice', actions: [{ kind: 'Transfer', deposit: 5n }] });
    expect(chain.viewAccessKeyList(accountId)).toHaveLength(1);
    expect(amount(chain, accountId)).toBeLessThan(NEAR);
  });

  it('refuses a transfer below what storage needs', async () => {
    const chain = await testChain({ alice: wat(`(func (export "main")) (data (i32.const 0) "${'x'.repeat(1000)}")`) });
    const usage = chain.viewAccount('alice').storage_usage;
    const all = 1_000n * NEAR - BigInt(usage) * 10n ** 19n;
    const kind = refusal(() =>
      chain.submit(encodeTransaction(chain, { signerId: 'alice', receiverId: 'near', actions: [{ kind: 'Transfer', deposit: all }] })),
    );
    expect(kind).toMatchObject({ LackBalanceForState: { signer_id: 'alice' } });
  });
});

describe('what a transaction is refused for', () => {
  const transfer = [{ kind: 'Transfer', deposit: 1n }] as const;

  it.each([
    ['a wrong signature', { key: { ...keyOf('alice'), sign: keyOf('eve').sign } }, 'InvalidSignature'],
    ['a nonce that was used', { nonce: 0 }, { InvalidNonce: { tx_nonce: 0, ak_nonce: 0 } }],
    ['a nonce far ahead', { nonce: 5_000_000 }, { NonceTooLarge: { tx_nonce: 5_000_000, upper_bound: 1_000_000 } }],
    ['an unknown block', { blockHash: '11111111111111111111111111111111' }, 'Expired'],
    ['an unknown key', { key: keyOf('eve'), nonce: 1 }, { InvalidAccessKeyError: { AccessKeyNotFound: { account_id: 'alice' } } }],
    [
      'too little money',
      { actions: [{ kind: 'Transfer', deposit: 2_000n * NEAR }] as const },
      { NotEnoughBalance: { signer_id: 'alice' } },
    ],
    ['no gas', { actions: [call('main', {}, 0)] }, { ActionsValidation: 'FunctionCallZeroAttachedGas' }],
    ['a bad receiver', { receiverId: 'A' }, { InvalidReceiverId: { receiver_id: 'A' } }],
  ])('%s', async (_name, change, expected) => {
    const chain = await testChain({ alice: undefined });
    const bytes = encodeTransaction(chain, { signerId: 'alice', receiverId: 'near', actions: transfer, ...change });
    const kind = refusal(() => chain.submit(bytes));
    if (typeof expected === 'string') expect(kind).toBe(expected);
    else expect(kind).toMatchObject(expected);
    expect(amount(chain, 'alice')).toBe(1_000n * NEAR);
  });

  it('the same transaction gives the same handle while under way and is refused later', async () => {
    const chain = await testChain({ alice: undefined });
    const bytes = encodeTransaction(chain, { signerId: 'alice', receiverId: 'near', actions: transfer });
    const handle = chain.submit(bytes);
    expect(chain.submit(bytes)).toBe(handle);
    await handle.executed;
    expect(refusal(() => chain.submit(bytes))).toMatchObject({ InvalidNonce: {} });
    expect(refusal(() => chain.submit(bytes.subarray(0, 50)))).toMatchObject({ name: 'TxDecodeError' });
  });
});

describe('accounts and keys', () => {
  it('lets a parent create sub-accounts and the registrar top-level ones, and nobody else', async () => {
    const chain = await testChain({ alice: undefined });
    const create = [{ kind: 'CreateAccount' }, { kind: 'Transfer', deposit: NEAR }] as const;
    expect(failureOf(await send(chain, { signerId: 'alice', receiverId: 'a.alice', actions: create }))).toBeUndefined();
    expect(failureOf(await send(chain, { signerId: 'near', receiverId: 'top', actions: create }))).toBeUndefined();
    const strange = await send(chain, { signerId: 'alice', receiverId: 'b.near', actions: create });
    expect(failureOf(strange)).toMatchObject({ ActionError: { kind: { CreateAccountNotAllowed: {} } } });
    const top = await send(chain, { signerId: 'alice', receiverId: 'other', actions: create });
    expect(failureOf(top)).toMatchObject({ ActionError: { kind: { CreateAccountOnlyByRegistrar: { registrar_account_id: 'near' } } } });
    const again = await send(chain, { signerId: 'alice', receiverId: 'a.alice', actions: create });
    expect(failureOf(again)).toMatchObject({ ActionError: { index: 0, kind: { AccountAlreadyExists: {} } } });
    expect(() => chain.viewAccount('other')).toThrow('UNKNOWN_ACCOUNT');
  });

  it('undoes all actions of a receipt when one fails', async () => {
    const chain = await testChain({ alice: undefined });
    const actions = [{ kind: 'CreateAccount' }, { kind: 'Transfer', deposit: NEAR }, call('missing')] as const;
    const outcome = await send(chain, { signerId: 'alice', receiverId: 'a.alice', actions });
    expect(failureOf(outcome)).toMatchObject({ ActionError: { index: 2, kind: { FunctionCallError: { CompilationError: {} } } } });
    expect(() => chain.viewAccount('a.alice')).toThrow('UNKNOWN_ACCOUNT');
    expect(amount(chain, 'alice')).toBeGreaterThan(999n * NEAR);
  });

  it('holds a function-call key to its contract, methods and allowance, and refunds the allowance with unused gas', async () => {
    const chain = await testChain({ alice: undefined, contract: wat('(func (export "main")) (func (export "other"))') });
    const key = keyOf('limited');
    const permission = { kind: 'FunctionCall', allowance: NEAR / 4n, receiverId: 'contract', methodNames: ['main'] } as const;
    const add = { kind: 'AddKey', publicKey: key.publicKey, accessKey: { nonce: 0, permission } } as const;
    await send(chain, { signerId: 'alice', receiverId: 'alice', actions: [add] });
    const use = (actions: Parameters<typeof send>[1]['actions'], receiverId = 'contract') =>
      refusal(() => chain.submit(encodeTransaction(chain, { signerId: 'alice', key, receiverId, actions })));
    expect(use([call('other')])).toEqual({ InvalidAccessKeyError: { MethodNameMismatch: { method_name: 'other' } } });
    expect(use([call('main')], 'near')).toMatchObject({ InvalidAccessKeyError: { ReceiverMismatch: {} } });
    expect(use([call('main', {}, TGAS, 1n)])).toEqual({ InvalidAccessKeyError: 'DepositWithFunctionCall' });
    expect(use([{ kind: 'Transfer', deposit: 1n }])).toEqual({ InvalidAccessKeyError: 'RequiresFullAccess' });
    const outcome = await send(chain, { signerId: 'alice', key, receiverId: 'contract', actions: [call('main', {}, 200 * TGAS)] });
    const burnt = [outcome.transactionOutcome, ...outcome.receiptsOutcome].reduce((sum, o) => sum + BigInt(o.outcome.tokens_burnt), 0n);
    const view = chain.viewAccessKey('alice', key.text);
    expect(view.permission).toMatchObject({ FunctionCall: { allowance: (NEAR / 4n - burnt).toString() } });
  });

  it('deletes keys and accounts; what an account had goes to its beneficiary', async () => {
    const chain = await testChain({ alice: undefined, bob: undefined });
    const stranger = await send(chain, {
      signerId: 'bob',
      receiverId: 'alice',
      actions: [{ kind: 'DeleteAccount', beneficiaryId: 'bob' }],
    });
    expect(failureOf(stranger)).toMatchObject({ ActionError: { kind: { ActorNoPermission: { account_id: 'alice', actor_id: 'bob' } } } });
    await send(chain, { signerId: 'alice', receiverId: 'alice', actions: [{ kind: 'DeleteAccount', beneficiaryId: 'bob' }] });
    expect(() => chain.viewAccount('alice')).toThrow('UNKNOWN_ACCOUNT');
    expect(amount(chain, 'bob')).toBeGreaterThan(1_999n * NEAR);
  });

  it('carries out what a delegate action asks for in the name of its sender, at the cost of the relayer', async () => {
    const chain = await testChain({ alice: undefined, relayer: undefined });
    const before = amount(chain, 'alice');
    const delegate = delegateOf(keyOf('alice'), {
      senderId: 'alice',
      receiverId: 'near',
      actions: [{ kind: 'Transfer', deposit: NEAR }],
      nonce: 1,
      maxBlockHeight: 1_000,
      publicKey: keyOf('alice').publicKey,
    });
    const outcome = await send(chain, { signerId: 'relayer', receiverId: 'alice', actions: [delegate] });
    expect(failureOf(outcome)).toBeUndefined();
    expect(amount(chain, 'alice')).toBe(before);
    expect(amount(chain, 'near')).toBe(1_001n * NEAR);
    const replay = await send(chain, { signerId: 'relayer', receiverId: 'alice', actions: [delegate] });
    expect(failureOf(replay)).toMatchObject({ ActionError: { kind: { DelegateActionInvalidNonce: {} } } });
    const forged = { ...delegate, nonce: 9 };
    const refused = await send(chain, { signerId: 'relayer', receiverId: 'alice', actions: [forged] });
    expect(failureOf(refused)).toMatchObject({ ActionError: { kind: 'DelegateActionInvalidSignature' } });
  });
});

describe('blocks, time and persistence', () => {
  it('advances the block clock by itself and with wall time', async () => {
    const clock = testClock();
    const chain = await testChain({}, createMemoryStore(), clock);
    const first = await chain.advance(0);
    const later = await chain.advance(60_000);
    expect(BigInt(later.timestampNanosec) - BigInt(first.timestampNanosec)).toBeGreaterThanOrEqual(59_999_999_999n);
    clock.move(5_000);
    const last = await chain.fastForward(100);
    expect(last.height).toBe(later.height + 100);
    expect(BigInt(last.timestampNanosec) - BigInt(later.timestampNanosec)).toBe(105_000_000_000n);
    expect(chain.block(last.hash)).toEqual(last);
  });

  it('continues where it was from the same store', async () => {
    const store = createMemoryStore();
    const chain = await testChain({ alice: wat('(func (export "main"))') }, store);
    const sent = await send(chain, { signerId: 'alice', receiverId: 'near', actions: [{ kind: 'Transfer', deposit: NEAR }] });
    await chain.close();
    const again = await testChain({}, store);
    expect(again.head).toEqual(chain.head);
    expect(again.viewAccount('alice')).toEqual(chain.viewAccount('alice'));
    expect(again.txOutcome(sent.transaction.hash)).toEqual(sent);
    await send(again, { signerId: 'alice', receiverId: 'alice', actions: [call('main')] });
    expect(again.head.height).toBeGreaterThan(chain.head.height);
  });

  it('goes on with receipts that were under way when the process ended', async () => {
    const store = createMemoryStore();
    const chain = await testChain({ alice: undefined }, store);
    const handle = chain.submit(
      encodeTransaction(chain, { signerId: 'alice', receiverId: 'near', actions: [{ kind: 'Transfer', deposit: NEAR }] }),
    );
    await handle.included;
    const copy = createMemoryStore();
    const state = Array.from(await store.load(), ({ key, value }) => ({ key, value }));
    await copy.commit({ height: 1, state, history: [] });
    const again = await testChain({}, copy);
    await again.settle();
    expect(amount(again, 'near')).toBe(1_001n * NEAR);
  });

  it('stops when its store fails, and says so', async () => {
    const store = createMemoryStore();
    const chain = await testChain({ alice: undefined }, store);
    store.commit = async () => {
      throw new Error('disk full');
    };
    const bytes = encodeTransaction(chain, { signerId: 'alice', receiverId: 'near', actions: [{ kind: 'Transfer', deposit: 1n }] });
    await expect(chain.submit(bytes).executed).rejects.toThrow('disk full');
    expect(() => chain.submit(bytes)).toThrow('the chain has stopped');
  });

  it('says so to whoever waits for a transaction that was executed in the block that was lost', async () => {
    const store = createMemoryStore();
    const chain = await testChain({ alice: undefined }, store);
    store.commit = async () => {
      throw new Error('disk full');
    };
    // To oneself: included and executed in one block.
    const bytes = encodeTransaction(chain, { signerId: 'alice', receiverId: 'alice', actions: [{ kind: 'Transfer', deposit: 1n }] });
    await expect(chain.submit(bytes).executed).rejects.toThrow('disk full');
  });

  it('takes transactions that name a block of up to a day ago, and none older', async () => {
    const chain = await testChain({ alice: undefined });
    const { hash: blockHash } = chain.head;
    const transfer = { signerId: 'alice', receiverId: 'near', actions: [{ kind: 'Transfer', deposit: 1n }], blockHash } as const;
    await chain.fastForward(86_400);
    expect(failureOf(await send(chain, transfer))).toBeUndefined();
    expect(() => chain.submit(encodeTransaction(chain, transfer))).toThrow('Expired');
  });

  it('lists what a block changed, by cause', async () => {
    const chain = await testChain({ alice: undefined });
    const outcome = await send(chain, { signerId: 'alice', receiverId: 'near', actions: [{ kind: 'Transfer', deposit: NEAR }] });
    const block = chain.block(outcome.transactionOutcome.block_hash);
    expect(chain.changes(block?.height ?? -1)).toEqual([
      expect.objectContaining({
        type: 'account_update',
        cause: { type: 'transaction_processing', tx_hash: outcome.transaction.hash },
        change: expect.objectContaining({ account_id: 'alice' }),
      }),
      expect.objectContaining({ type: 'access_key_update', change: expect.objectContaining({ public_key: keyOf('alice').text }) }),
    ]);
  });

  it('overwrites state when a test asks for it', async () => {
    const chain = await testChain({});
    const code = wat('(func (export "main") (call $value_return (i64.const 2) (i64.const 0))) (data (i32.const 0) "hi")', ['value_return']);
    await chain.patchState([
      { kind: 'account', accountId: 'made', balanceYocto: NEAR },
      { kind: 'code', accountId: 'made', code },
      { kind: 'data', accountId: 'made', key: Buffer.from('k'), value: Buffer.from('v') },
    ]);
    expect(Buffer.from(chain.callView('made', 'main', new Uint8Array()).result).toString()).toBe('hi');
    expect(chain.viewState('made', new Uint8Array())).toHaveLength(1);
    expect(chain.viewAccount('made').storage_usage).toBe(100 + code.length + 42);
    expect(textOf(await send(chain, { signerId: 'near', receiverId: 'made', actions: [call('main')] }))).toBe('hi');
  });
});
