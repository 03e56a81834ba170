import { newKeyPair } from '@deai/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callContract } from './call-contract.ts';
import { implicitCredentials } from './credentials.ts';
import type { NearChain } from './near.types.ts';
import { createNearChain } from './near-chain.ts';
import { Answer, type FakeRpc, startFakeRpc } from './testing/fake-rpc.ts';

const signer = implicitCredentials(newKeyPair().privateKey);
const outcome = { logs: [], gas_burnt: 1, status: { SuccessValue: '' } };
const executed = {
  final_execution_status: 'FINAL',
  status: { SuccessValue: '' },
  transaction: { hash: 'h' },
  transaction_outcome: { outcome },
  receipts_outcome: [],
};
let rpc: FakeRpc;
let chain: NearChain;
beforeEach(async () => {
  rpc = await startFakeRpc();
  rpc.on('view_access_key', () => ({ nonce: 4, permission: 'FullAccess' }));
  rpc.on('tx', () => Answer.error('UNKNOWN_TRANSACTION'));
  chain = createNearChain({ rpcUrl: rpc.url, timeoutMs: 1_000 });
});
afterEach(() => rpc.close());

const call = (limitMs = 10_000) =>
  callContract(chain, signer, { receiverId: 'a.near', actions: [{ type: 'transfer', yoctoNear: 1n }] }, { limitMs, pollMs: 5 });

it('sends the same bytes again when they were lost, and looks on while they are under way', async () => {
  const sent = new Set<string>();
  rpc.on('send_tx', ({ signed_tx_base64: bytes }) => {
    sent.add(bytes);
    return executed;
  });
  rpc.once('send_tx', Answer.cut, Answer.error('TIMEOUT_ERROR'));
  const pending = { final_execution_status: 'INCLUDED', transaction: {} };
  const answers = [Answer.error('UNKNOWN_TRANSACTION'), pending, { final_execution_status: 'NONE' }];
  rpc.on('tx', () => answers.shift());
  expect(await call()).toMatchObject({ hash: 'h', ok: true });
  // Lost twice: after the cut connection, and when no node knew it any more.
  expect(rpc.seen.filter((name) => name === 'send_tx')).toHaveLength(3);
  expect(sent.size).toBe(1);
});

it('gives up after its limit, and says that the transaction may still take effect', async () => {
  rpc.on('send_tx', () => Answer.error('TIMEOUT_ERROR'));
  rpc.on('tx', () => ({ final_execution_status: 'INCLUDED', transaction: {} }));
  await expect(call(50)).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringMatching(/is not final .* may still take effect/),
  });
});

it('does not send again what the chain refuses', async () => {
  rpc.on('send_tx', () => Answer.error('INVALID_TRANSACTION', { TxExecutionError: { InvalidTxError: 'Expired' } }));
  await expect(call()).rejects.toMatchObject({ kind: 'rejected', message: 'the chain refuses the transaction: Expired' });
  expect(rpc.seen.filter((name) => name === 'send_tx')).toHaveLength(1);
});

it('says whose key cannot sign, before anything is sent', async () => {
  rpc.on('view_access_key', () => Answer.error('UNKNOWN_ACCESS_KEY'));
  rpc.on('view_account', () => ({ amount: '1' }));
  await expect(call()).rejects.toThrow(`${signer.accountId} cannot sign: the key is none of its access keys`);
  rpc.on('view_account', () => Answer.error('UNKNOWN_ACCOUNT'));
  await expect(call()).rejects.toThrow('it does not exist');
  expect(rpc.seen).not.toContain('send_tx');
});
