import Type, { type Static } from 'typebox';
import { checked } from './checked.ts';
import type { TransactionOutcome, TransactionStatus } from './near.types.ts';
import { failureText } from './panic.ts';

const Status = Type.Union([
  Type.Object({ SuccessValue: Type.String() }),
  Type.Object({ SuccessReceiptId: Type.String() }),
  Type.Object({ Failure: Type.Unknown() }),
  Type.String(),
]);
const Outcome = Type.Object({
  outcome: Type.Object({ logs: Type.Array(Type.String()), gas_burnt: Type.Integer({ minimum: 0 }), status: Status }),
});
const Executed = Type.Object({
  final_execution_status: Type.Literal('FINAL'),
  status: Status,
  transaction: Type.Object({ hash: Type.String() }),
  transaction_outcome: Outcome,
  receipts_outcome: Type.Array(Outcome),
});
const Answer = Type.Object({ final_execution_status: Type.String(), transaction: Type.Optional(Type.Unknown()) });

/** Where a transaction stands by the answer of `send_tx` or `tx`. @throws NearError `failed` for what is no such answer. */
export function statusOf(answer: unknown): TransactionStatus {
  const problem = 'the NEAR node answered no state of a transaction';
  const { final_execution_status: progress, transaction } = checked(Answer, answer, problem);
  if (progress === 'FINAL') return { state: 'final', outcome: outcomeOf(checked(Executed, answer, problem)) };
  // A node that has never seen it answers without the transaction.
  return { state: transaction ? 'pending' : 'unknown' };
}

function outcomeOf({
  status,
  transaction,
  transaction_outcome: first,
  receipts_outcome: receipts,
}: Static<typeof Executed>): TransactionOutcome {
  const all = [first, ...receipts].map(({ outcome }) => outcome);
  const failures = all.flatMap(({ status: one }) => (typeof one === 'object' && 'Failure' in one ? [failureText(one.Failure)] : []));
  const failure = typeof status === 'object' && 'Failure' in status ? failureText(status.Failure) : undefined;
  const value = typeof status === 'object' && 'SuccessValue' in status ? jsonOf(status.SuccessValue) : undefined;
  return {
    hash: transaction.hash,
    ok: failure === undefined,
    ...(failure === undefined ? {} : { error: failure }),
    ...(value === undefined ? {} : { value }),
    ...(failures.length === 0 ? {} : { failures }),
    logs: all.flatMap(({ logs }) => logs),
    gasBurnt: all.reduce((sum, { gas_burnt: gas }) => sum + BigInt(gas), 0n),
  };
}

function jsonOf(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}
