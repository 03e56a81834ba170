import { expect, test } from 'vitest';
import { outcomeOf } from './outcome.ts';

const done = (value: unknown) => ({ SuccessValue: btoa(JSON.stringify(value)) });
const failed = (text: string) => ({ Failure: { ActionError: { kind: { FunctionCallError: { ExecutionError: text } } } } });
const answer = (status: object, ...receipts: object[]) => ({
  status,
  transaction: { hash: 'h' },
  receipts_outcome: receipts.map((each) => ({ outcome: { status: each } })),
});

test('tells what a transaction returned, and why it or a part of it failed', () => {
  expect(outcomeOf(answer(done('5'), done('5')))).toEqual({ hash: 'h', value: '5', failure: undefined });
  expect(outcomeOf(answer(failed('Smart contract panicked: ERR_STAKE: below min_stake')))).toEqual({
    hash: 'h',
    value: undefined,
    failure: 'ERR_STAKE: below min_stake',
  });
  expect(outcomeOf(answer(done('0'), failed('panicked: ERR_NO_NODE: none'), done('0')))).toEqual({
    hash: 'h',
    value: '0',
    failure: 'ERR_NO_NODE: none',
  });
  expect(outcomeOf(answer({ SuccessValue: '' }))).toMatchObject({ value: undefined });
  expect(outcomeOf(answer({ Failure: 'Expired' }))).toMatchObject({ failure: '"Expired"' });
});

test.each([undefined, null, 1, {}, { transaction: {} }, { transaction: { hash: 'h' } }])('refuses %j', (nothing) => {
  expect(() => outcomeOf(nothing)).toThrow('no transaction');
});
