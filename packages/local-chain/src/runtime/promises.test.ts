import { describe, expect, it } from 'vitest';
import { wat } from '../vm/fixtures/wat.fixture.ts';
import { call, encodeTransaction, failureOf, NEAR, send, TGAS, testChain, textOf } from './fixtures/transactions.fixture.ts';

/** Text constants in memory: each at a multiple of 64, with WAT expressions for its length and place. */
const TEXTS = ['callee', 'value', 'fail', 'collect', 'contract', 'ok', 'a.contract', 'resume', 'later', 'other'] as const;
const at = (text: (typeof TEXTS)[number]) => `(i64.const ${text.length}) (i64.const ${TEXTS.indexOf(text) * 64})`;
const DATA = TEXTS.map((text, index) => `(data (i32.const ${index * 64}) "${text}")`).join('\n');
/** 0 and 1 NEAR as u128 at 1024 and 1040. */
const ONE_NEAR = Buffer.concat([Buffer.from((10n ** 24n).toString(16).padStart(32, '0'), 'hex').reverse()]);
const AMOUNTS = `(data (i32.const 1040) "${Array.from(ONE_NEAR, (byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}")`;
const ZERO = '(i64.const 1024)';
const NO_ARGS = '(i64.const 0) (i64.const 0)';
const GAS = `(i64.const ${10 * TGAS})`;

const caller = wat(
  `${DATA} ${AMOUNTS}
  (func $create (param $fails i32) (result i64)
    (if (result i64) (local.get $fails)
      (then (call $promise_create ${at('callee')} ${at('fail')} ${NO_ARGS} ${ZERO} ${GAS}))
      (else (call $promise_create ${at('callee')} ${at('value')} ${NO_ARGS} ${ZERO} ${GAS}))))
  (func $then (param $after i64)
    (call $promise_return (call $promise_then (local.get $after) ${at('contract')} ${at('collect')} ${NO_ARGS} ${ZERO} ${GAS})))
  (func (export "then_ok") (call $then (call $create (i32.const 0))))
  (func (export "then_failed") (call $then (call $create (i32.const 1))))
  (func (export "joined")
    (i64.store (i32.const 2048) (call $create (i32.const 0)))
    (i64.store (i32.const 2056) (call $create (i32.const 1)))
    (i64.store (i32.const 2064) (call $create (i32.const 0)))
    (call $then (call $promise_and (i64.const 2048) (i64.const 3))))
  (func (export "collect") (local $i i64)
    (loop $next
      (i64.store8 (i32.add (i32.const 3000) (i32.wrap_i64 (local.get $i)))
        (i64.add (i64.const 48) (call $promise_result (local.get $i) (i64.const 7))))
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br_if $next (i64.lt_u (local.get $i) (call $promise_results_count))))
    (call $value_return (local.get $i) (i64.const 3000)))
  (func (export "panic_after_promise")
    (drop (call $create (i32.const 0))) (call $storage_write ${at('ok')} ${at('ok')} (i64.const 0)) drop
    (call $log_utf8 ${at('ok')}) (call $panic_utf8 ${at('fail')}))
  (func (export "send_one") (local $p i64)
    (local.set $p (call $promise_batch_create ${at('other')}))
    (call $promise_batch_action_transfer (local.get $p) (i64.const 1040)))
  (func (export "make_account") (local $p i64)
    (local.set $p (call $promise_batch_create ${at('a.contract')}))
    (call $promise_batch_action_create_account (local.get $p))
    (call $promise_batch_action_transfer (local.get $p) (i64.const 1040))
    (call $promise_return (local.get $p)))
  (func (export "weighted") (local $p i64)
    (local.set $p (call $promise_batch_create ${at('callee')}))
    (call $promise_batch_action_function_call_weight (local.get $p) ${at('value')} ${NO_ARGS} ${ZERO} (i64.const 0) (i64.const 1))
    (call $promise_return (local.get $p)))
  (func (export "pause")
    (call $promise_return (call $promise_yield_create ${at('collect')} ${NO_ARGS} ${GAS} (i64.const 0) (i64.const 5)))
    (drop (call $storage_write ${at('later')} (i64.const -1) (i64.const 5) (i64.const 6))))
  (func (export "resume")
    (drop (call $storage_read ${at('later')} (i64.const 5)))
    (if (i32.eqz (call $promise_yield_resume (i64.const -1) (i64.const 5) ${at('ok')})) (then (call $panic))))
  (func (export "same")
    (call $promise_return (call $promise_create ${at('contract')} ${at('collect')} ${NO_ARGS} ${ZERO} ${GAS})))
  (func (export "balance") (call $account_balance (i64.const 4000)) (call $value_return (i64.const 16) (i64.const 4000)))`,
  [
    'promise_create',
    'promise_then',
    'promise_and',
    'promise_return',
    'promise_result',
    'promise_results_count',
    'promise_batch_create',
    'promise_batch_action_transfer',
    'promise_batch_action_create_account',
    'promise_batch_action_function_call_weight',
    'promise_yield_create',
    'promise_yield_resume',
    'storage_write',
    'storage_read',
    'value_return',
    'log_utf8',
    'panic_utf8',
    'panic',
    'account_balance',
  ],
);

const callee = wat(
  `(data (i32.const 0) "ok") (func (export "value") (call $value_return (i64.const 2) (i64.const 0))) (func (export "fail") (call $panic))`,
  ['value_return', 'panic'],
);

const start = () => testChain({ contract: caller, callee, alice: undefined, other: undefined });
const run = async (method: string, deposit = 0n) => {
  const chain = await start();
  const outcome = await send(chain, { signerId: 'alice', receiverId: 'contract', actions: [call(method, {}, 100 * TGAS, deposit)] });
  return { chain, outcome };
};

describe('promises', () => {
  it('hands the result of a promise to its callback: 1 for success', async () => {
    const { outcome } = await run('then_ok');
    expect(textOf(outcome)).toBe('1');
    expect(outcome.progress).toBe('FINAL');
  });

  it('reads 2 for a promise that failed, and the transaction succeeds', async () => {
    const { outcome } = await run('then_failed');
    expect(textOf(outcome)).toBe('2');
    expect(failureOf(outcome)).toMatchObject({
      ActionError: { kind: { FunctionCallError: { ExecutionError: 'Smart contract panicked: explicit guest panic' } } },
    });
  });

  it('calls a joined callback once all results are there, in the order asked for', async () => {
    expect(textOf((await run('joined')).outcome)).toBe('121');
  });

  it('undoes a panic: no state, no promises; keeps logs; gives the deposit back', async () => {
    const { chain, outcome } = await run('panic_after_promise', NEAR);
    expect(outcome.receiptsOutcome[0]?.outcome.logs).toEqual(['ok']);
    expect(chain.viewState('contract', new Uint8Array())).toEqual([]);
    expect(outcome.receiptsOutcome.map(({ outcome: { executor_id } }) => executor_id)).toEqual(['contract', 'alice', 'alice']);
    expect(BigInt(chain.viewAccount('alice').amount)).toBeGreaterThan(999n * NEAR + NEAR / 2n);
  });

  it('sends money and creates sub-accounts', async () => {
    const { chain } = await run('send_one');
    expect(chain.viewAccount('other').amount).toBe((1_001n * NEAR).toString());
    const made = await run('make_account');
    expect(made.chain.viewAccount('a.contract').amount).toBe(NEAR.toString());
  });

  it('shares the gas that is left by weight', async () => {
    const { outcome } = await run('weighted');
    const receipt = outcome.receipts[1]?.receipt;
    const actions = receipt && 'Action' in receipt ? receipt.Action.actions : [];
    const { gas } = (actions[0] as { FunctionCall: { gas: number } }).FunctionCall;
    expect(gas).toBeGreaterThan(95 * TGAS);
    expect(textOf(outcome)).toBe('ok');
  });

  it('runs what an account sends to itself in the same block, what others get in the next', async () => {
    const { chain, outcome } = await run('same');
    const heights = outcome.receiptsOutcome.map(({ block_hash }) => chain.block(block_hash)?.height ?? 0);
    expect(heights[1]).toBe(heights[0]);
    const far = await run('weighted');
    const apart = far.outcome.receiptsOutcome.map(({ block_hash }) => far.chain.block(block_hash)?.height ?? 0);
    expect(apart[1]).toBe((apart[0] ?? 0) + 1);
  });

  it('resumes a yielded promise with its data', async () => {
    const chain = await start();
    const paused = chain.submit(encodeTransaction(chain, { signerId: 'alice', receiverId: 'contract', actions: [call('pause')] }));
    await chain.settle();
    expect(chain.txOutcome(paused.hash)?.progress).toBe('INCLUDED_FINAL');
    const resumed = await send(chain, { signerId: 'alice', receiverId: 'contract', actions: [call('resume')] });
    expect(failureOf(resumed)).toBeUndefined();
    expect(textOf(await paused.executed)).toBe('1');
    const again = await send(chain, { signerId: 'alice', receiverId: 'contract', actions: [call('resume')] });
    expect(failureOf(again)).toBeDefined();
  });

  it('fails a yielded promise after 200 blocks', async () => {
    const chain = await start();
    const paused = chain.submit(encodeTransaction(chain, { signerId: 'alice', receiverId: 'contract', actions: [call('pause')] }));
    await chain.settle();
    await chain.fastForward(250);
    expect(textOf(await paused.executed)).toBe('2');
  });

  it('counts the deposit into the balance that the contract sees', async () => {
    const { outcome } = await run('balance', 5n);
    const bytes = Buffer.from(
      typeof outcome.status === 'object' && 'SuccessValue' in outcome.status ? outcome.status.SuccessValue : '',
      'base64',
    );
    expect(bytes.readBigUInt64LE(0) | (bytes.readBigUInt64LE(8) << 64n)).toBe(1_000n * NEAR + 5n);
  });

  it('loses and makes no money: all balances and what was burnt add up', async () => {
    for (const method of ['joined', 'panic_after_promise', 'send_one', 'make_account', 'weighted']) {
      const { chain } = await run(method, 7n);
      const ids = ['near', 'contract', 'callee', 'alice', 'other', ...(method === 'make_account' ? ['a.contract'] : [])];
      const sum = ids.reduce((total, accountId) => total + BigInt(chain.viewAccount(accountId).amount), 0n);
      expect(sum.toString(), method).toBe(chain.head.totalSupplyYocto);
    }
  });
});

describe('storage staking', () => {
  it('undoes a receipt that stores more than the account can pay for', async () => {
    const code = wat(
      `(func (export "main") (drop (call $storage_write (i64.const 1) (i64.const 0) (i64.const 100000) (i64.const 0) (i64.const 0))))`,
      ['storage_write'],
    );
    const chain = await testChain({ alice: undefined });
    await chain.patchState([
      { kind: 'code', accountId: 'poor', code },
      { kind: 'account', accountId: 'poor', balanceYocto: NEAR / 100n },
    ]);
    const outcome = await send(chain, { signerId: 'alice', receiverId: 'poor', actions: [call('main')] });
    expect(failureOf(outcome)).toMatchObject({ ActionError: { index: null, kind: { LackBalanceForState: { account_id: 'poor' } } } });
    expect(chain.viewState('poor', new Uint8Array())).toEqual([]);
  });
});
