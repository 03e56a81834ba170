import { type LocalChain, startLocalChain } from '@deai/local-chain';
import Type from 'typebox';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NearAction, NearChain, NearCredentials, SignedTransaction } from './near.types.ts';
import { createNearChain } from './near-chain.ts';
import { NearError } from './near-error.ts';
import { newAccount } from './testing/accounts.ts';
import { Answer, type FakeRpc, startFakeRpc } from './testing/fake-rpc.ts';

const NEAR = 10n ** 24n;
const transfer: NearAction = { type: 'transfer', yoctoNear: 1n };

describe('a chain that answers', () => {
  let local: LocalChain;
  let chain: NearChain;
  let ann: NearCredentials;
  beforeAll(async () => {
    local = await startLocalChain();
    chain = createNearChain({ rpcUrl: local.rpcUrl });
    ann = await newAccount(chain, local.root, `ann.${local.root.accountId}`, 5n * NEAR);
  });
  afterAll(() => local.close());

  async function signed(
    change: { signer?: NearCredentials; nonce?: bigint; actions?: NearAction[]; to?: string } = {},
  ): Promise<SignedTransaction> {
    const { signer = ann, actions = [transfer], to = local.root.accountId } = change;
    const { nonce } = (await chain.accessKey(ann.accountId, ann.publicKey)) ?? { nonce: 0n };
    const { hash: blockHash } = await chain.finalBlock();
    return await chain.sign({ signer, receiverId: to, actions, nonce: change.nonce ?? nonce + 1n, blockHash });
  }

  it('tells its block, balances and keys, and that there are none', async () => {
    const { height, hash, timestampNanosec } = local.chain.head;
    expect(await chain.finalBlock()).toEqual({ height, hash, atMs: Number(BigInt(timestampNanosec) / 1_000_000n) });
    expect(await chain.balance(ann.accountId)).toBe(5n * NEAR);
    expect(await chain.balance('nobody.near')).toBeUndefined();
    expect(await chain.accessKey(ann.accountId, ann.publicKey)).toEqual({ nonce: expect.any(BigInt), fullAccess: true });
    expect(await chain.accessKey(ann.accountId, local.root.publicKey)).toBeUndefined();
    expect(await chain.accessKey('nobody.near', ann.publicKey)).toBeUndefined();
  });

  it('takes a transaction once, however often its bytes are sent', async () => {
    const transaction = await signed();
    expect(await chain.sign({ ...(await draftOf(transaction)) })).toEqual(transaction);
    expect(await chain.status(transaction.hash, ann.accountId)).toEqual({ state: 'unknown' });
    const before = (await chain.balance(local.root.accountId)) ?? 0n;
    const sent = await chain.send(transaction);
    expect(sent).toMatchObject({ state: 'final', outcome: { hash: transaction.hash, ok: true, logs: [], gasBurnt: expect.any(BigInt) } });
    expect(await chain.send(transaction)).toEqual(sent);
    expect(await chain.status(transaction.hash, ann.accountId)).toEqual(sent);
    expect((await chain.balance(local.root.accountId)) ?? 0n).toBe(before + 1n);
  });
  const draftOf = async ({ nonce }: SignedTransaction) => ({
    signer: ann,
    receiverId: local.root.accountId,
    actions: [transfer],
    nonce,
    blockHash: (await chain.finalBlock()).hash,
  });

  it('refuses for good what can have no effect', async () => {
    const rejected = (reason: string) => expect.objectContaining({ kind: 'rejected', message: expect.stringContaining(reason) });
    await chain.send(await signed());
    await expect(chain.send(await signed({ nonce: 1n }))).rejects.toEqual(rejected('InvalidNonce'));
    await expect(chain.send(await signed({ actions: [{ type: 'transfer', yoctoNear: 6n * NEAR }] }))).rejects.toEqual(
      rejected('NotEnoughBalance'),
    );
    const stranger = { ...local.root, accountId: ann.accountId };
    await expect(chain.send(await signed({ signer: stranger }))).rejects.toEqual(rejected('InvalidAccessKeyError'));
    const nobody = { ...ann, accountId: 'nobody.near' };
    await expect(chain.send(await signed({ signer: nobody }))).rejects.toEqual(rejected('nobody.near'));
  });

  it('tells why a transaction failed that is in the chain', async () => {
    const sent = await chain.send(await signed({ to: 'missing.deai.local' }));
    expect(sent).toMatchObject({
      state: 'final',
      outcome: { ok: false, error: 'AccountDoesNotExist {"account_id":"missing.deai.local"}' },
    });
  });

  it('never tells a key that cannot sign', async () => {
    const secretKey = `${local.root.secretKey}0`;
    const failure = await signed({ signer: { ...ann, secretKey } }).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(NearError);
    expect(String(failure)).not.toContain(secretKey.slice(8, 30));
  });
});

describe('a chain in trouble', () => {
  let rpc: FakeRpc;
  let chain: NearChain;
  beforeEach(async () => {
    rpc = await startFakeRpc();
    chain = createNearChain({ rpcUrl: rpc.url, timeoutMs: 500 });
  });
  afterEach(() => rpc.close());
  const transaction: SignedTransaction = { hash: 'h', bytes: 'AAAA', signerId: 'ann.near', nonce: 5n };
  const invalid = (kind: unknown) => Answer.error('INVALID_TRANSACTION', { TxExecutionError: { InvalidTxError: kind } });
  const outcome = { logs: [], gas_burnt: 5, status: { SuccessValue: '' } };
  const executed = {
    final_execution_status: 'FINAL',
    status: { SuccessValue: Buffer.from('"7"').toString('base64') },
    transaction: { hash: 'h' },
    transaction_outcome: { outcome: { ...outcome, logs: ['one'] } },
    receipts_outcome: [
      {
        outcome: {
          ...outcome,
          logs: ['two'],
          status: {
            Failure: {
              ActionError: { kind: { FunctionCallError: { ExecutionError: 'Smart contract panicked: ERR_STAKE: below min_stake' } } },
            },
          },
        },
      },
    ],
  };
  const outcomeSeen = { hash: 'h', ok: true, value: '7', failures: ['ERR_STAKE: below min_stake'], logs: ['one', 'two'], gasBurnt: 10n };

  it('reads outcomes with the logs and failures of all receipts', async () => {
    rpc.on('send_tx', () => executed);
    expect(await chain.send(transaction)).toEqual({ state: 'final', outcome: outcomeSeen });
    const boom = {
      ActionError: { index: 0, kind: { FunctionCallError: { ExecutionError: 'Smart contract panicked: ERR_PAUSED: not now' } } },
    };
    rpc.on('send_tx', () => ({ ...executed, status: { Failure: boom } }));
    expect(await chain.send(transaction)).toMatchObject({ state: 'final', outcome: { ok: false, error: 'ERR_PAUSED: not now' } });
  });

  it.each([
    ['the node waited long enough', () => Answer.error('TIMEOUT_ERROR'), 'pending'],
    ['it is in a block', () => ({ final_execution_status: 'INCLUDED', transaction: { hash: 'h' } }), 'pending'],
  ])('takes a transaction for pending when %s', async (_what, answer, state) => {
    rpc.on('send_tx', answer);
    expect(await chain.send(transaction)).toEqual({ state });
  });

  it.each([
    ['a cut connection', Answer.cut],
    ['silence', Answer.silence],
    ['a used nonce', invalid({ InvalidNonce: { tx_nonce: 5, ak_nonce: 5 } })],
    ['a block that has expired', invalid('Expired')],
  ])('looks for the transaction after %s', async (_what, answer) => {
    rpc.on('send_tx', () => answer);
    rpc.on('tx', () => executed);
    expect(await chain.send(transaction)).toEqual({ state: 'final', outcome: outcomeSeen });
    rpc.on('tx', () => ({ final_execution_status: 'NONE' }));
    await expect(chain.send(transaction)).rejects.toMatchObject({ kind: answer.kind === 'error' ? 'rejected' : 'unreachable' });
    // Without an answer it may be in the chain: nobody may call it refused then.
    rpc.on('tx', () => Answer.cut);
    await expect(chain.send(transaction)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it.each([
    ['a busy shard', invalid({ ShardCongested: { shard_id: 1, congestion_level: 1 } })],
    ['a node that is behind', Answer.error('NO_SYNCED_BLOCKS')],
    ['a rate limit', Answer.http(429, '')],
  ])('can be asked again after %s', async (_what, answer) => {
    rpc.on('send_tx', () => answer);
    rpc.on('tx', () => Answer.error('UNKNOWN_TRANSACTION'));
    await expect(chain.send(transaction)).rejects.toMatchObject({ kind: 'unreachable' });
    expect(rpc.seen.filter((name) => name === 'send_tx')).toHaveLength(1);
  });

  it('asks thrice to read, and never tells the address', async () => {
    rpc.on('view_account', () => Answer.cut);
    const failure = await chain.balance('ann.near').catch((error: Error) => error);
    expect(failure).toMatchObject({ kind: 'unreachable', message: 'the NEAR node cannot be reached' });
    expect(rpc.seen).toEqual(['view_account', 'view_account', 'view_account']);
    rpc.on('a.near.get', () => ({ n: 'x' }));
    await expect(chain.view({ contract: 'a.near', method: 'get', args: {}, schema: Type.Object({ n: Type.Integer() }) })).rejects.toThrow(
      '/n',
    );
  });
});
