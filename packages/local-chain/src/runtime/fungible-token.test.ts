import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Chain } from '../chain.types.ts';
import { wat } from '../vm/fixtures/wat.fixture.ts';
import { call, failureOf, NEAR, send, TGAS, testChain, textOf } from './fixtures/transactions.fixture.ts';

/** A contract made with near-sdk, as anybody might deploy it. */
const TOKEN = readFileSync(new URL('../../golden/deai_token.wasm', import.meta.url));
const ONE_YOCTO = 1n;

/** Gives back 3 of what it was sent. */
const RECEIVER = wat(
  '(data (i32.const 0) "\\"3\\"") (func (export "ft_on_transfer") (call $value_return (i64.const 3) (i64.const 0)))',
  ['value_return'],
);

async function start(): Promise<Chain> {
  const chain = await testChain({ alice: undefined, bob: undefined, receiver: RECEIVER });
  const actions = [
    { kind: 'CreateAccount' },
    { kind: 'Transfer', deposit: 10n * NEAR },
    { kind: 'DeployContract', code: TOKEN },
    call('new', { owner_id: 'alice', total_supply: '1000' }),
  ] as const;
  expect(failureOf(await send(chain, { signerId: 'near', receiverId: 'token.near', actions }))).toBeUndefined();
  for (const accountId of ['bob', 'receiver']) {
    const deposit = call('storage_deposit', { account_id: accountId }, 30 * TGAS, NEAR / 100n);
    expect(failureOf(await send(chain, { signerId: 'alice', receiverId: 'token.near', actions: [deposit] }))).toBeUndefined();
  }
  return chain;
}

const view = (chain: Chain, method: string, args: object = {}) =>
  JSON.parse(Buffer.from(chain.callView('token.near', method, Buffer.from(JSON.stringify(args))).result).toString());
const balance = (chain: Chain, accountId: string) => view(chain, 'ft_balance_of', { account_id: accountId });

describe('a fungible token made with near-sdk', () => {
  it('is deployed and initialised in the transaction that creates its account', async () => {
    const chain = await start();
    expect(view(chain, 'ft_total_supply')).toBe('1000');
    expect(view(chain, 'ft_metadata')).toMatchObject({ spec: 'ft-1.0.0' });
    expect(chain.viewCode('token.near').code).toEqual(new Uint8Array(TOKEN));
  });

  it('moves tokens, tells of it in an event, and stays within 20 TGas', async () => {
    const chain = await start();
    const transfer = call('ft_transfer', { receiver_id: 'bob', amount: '5' }, 20 * TGAS, ONE_YOCTO);
    const outcome = await send(chain, { signerId: 'alice', receiverId: 'token.near', actions: [transfer] });
    expect(failureOf(outcome)).toBeUndefined();
    expect([balance(chain, 'alice'), balance(chain, 'bob')]).toEqual(['995', '5']);
    expect(outcome.receiptsOutcome[0]?.outcome.logs[0]).toMatch(/^EVENT_JSON:.*"ft_transfer"/);
  });

  it('refuses without the yocto, with the panic of the contract, and keeps its state', async () => {
    const chain = await start();
    const before = chain.viewState('token.near', new Uint8Array());
    const outcome = await send(chain, {
      signerId: 'alice',
      receiverId: 'token.near',
      actions: [call('ft_transfer', { receiver_id: 'bob', amount: '5' })],
    });
    const { ActionError } = failureOf(outcome) as { ActionError: { kind: { FunctionCallError: { ExecutionError: string } } } };
    expect(ActionError.kind.FunctionCallError.ExecutionError).toMatch(/^Smart contract panicked: .*1 yocto/i);
    expect(chain.viewState('token.near', new Uint8Array())).toEqual(before);
  });

  it('gives back what the receiver of a transfer call did not take', async () => {
    const chain = await start();
    const transfer = call('ft_transfer_call', { receiver_id: 'receiver', amount: '10', msg: '' }, 100 * TGAS, ONE_YOCTO);
    const outcome = await send(chain, { signerId: 'alice', receiverId: 'token.near', actions: [transfer] });
    expect(failureOf(outcome)).toBeUndefined();
    expect(textOf(outcome)).toBe('"7"');
    expect([balance(chain, 'alice'), balance(chain, 'receiver')]).toEqual(['993', '7']);
  });

  it('gives everything back when the receiver has no such method', async () => {
    const chain = await start();
    const transfer = call('ft_transfer_call', { receiver_id: 'bob', amount: '10', msg: '' }, 100 * TGAS, ONE_YOCTO);
    const outcome = await send(chain, { signerId: 'alice', receiverId: 'token.near', actions: [transfer] });
    expect(textOf(outcome)).toBe('"0"');
    expect(balance(chain, 'alice')).toBe('1000');
  });
});
