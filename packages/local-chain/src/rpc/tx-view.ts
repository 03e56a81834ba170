import type { TxOutcome, TxProgress } from '../chain.types.ts';

/** Names of `wait_until`, from the earliest on. */
export const TX_PROGRESS = [
  'NONE',
  'INCLUDED',
  'EXECUTED_OPTIMISTIC',
  'INCLUDED_FINAL',
  'EXECUTED',
  'FINAL',
] as const satisfies readonly TxProgress[];

/** Whether a transaction has got as far as is asked. `INCLUDED_FINAL` says nothing of execution, though it stands after a step of it. */
export function hasReached(progress: TxProgress, wanted: TxProgress): boolean {
  if (wanted === 'INCLUDED_FINAL' && progress === 'EXECUTED_OPTIMISTIC') return true;
  return TX_PROGRESS.indexOf(progress) >= TX_PROGRESS.indexOf(wanted);
}

/** The answer to `tx` and its kin. */
export function txView(outcome: TxOutcome, withReceipts: boolean): object {
  const { status } = outcome;
  const open = outcome.progress === 'NONE' ? 'NotStarted' : 'Started';
  return {
    final_execution_status: outcome.progress,
    status: status === 'Unknown' || 'SuccessReceiptId' in status ? open : status,
    transaction: outcome.transaction,
    transaction_outcome: outcome.transactionOutcome,
    receipts_outcome: outcome.receiptsOutcome,
    ...(withReceipts ? { receipts: outcome.receipts } : {}),
  };
}
