import { LIMITS } from '../vm/parameters.ts';
import type { PromiseResult } from '../vm/vm.types.ts';
import type { BlockEnvironment } from './environment.ts';
import { executeReceipt, type ReceiptOutcome } from './execute-receipt.ts';
import { type ActionReceipt, type DataReceipt, IdSource, type Receipt, SYSTEM } from './receipt.ts';
import type { State } from './state.ts';
import { overdueYields, setYield, yieldOf } from './yields.ts';

/** Gas that a block takes in; what is beyond waits for the next one. */
export const BLOCK_GAS_LIMIT = 1_000_000_000_000_000;

/** A receipt that was executed. */
export interface Executed {
  readonly receipt: ActionReceipt;
  readonly outcome: ReceiptOutcome;
}

/** What a block made of its receipts. */
export interface QueueResult {
  readonly executed: readonly Executed[];
  /** For the next block. */
  readonly next: readonly Receipt[];
  readonly gasBurnt: number;
}

/**
 * Executes receipts in order. What an account sends to itself runs in the same block, all else in the next. A receipt that waits for data
 * is put aside in the state until the last of it has come.
 */
export function runQueue(env: BlockEnvironment, incoming: readonly Receipt[]): QueueResult {
  const queue: Receipt[] = [...timeouts(env), ...incoming];
  const next: Receipt[] = [];
  const executed: Executed[] = [];
  let gasBurnt = 0;
  let place = 0;
  for (; place < queue.length && gasBurnt < BLOCK_GAS_LIMIT; place++) {
    const receipt = queue[place] as Receipt;
    const ready = receipt.kind === 'data' ? receiveData(env.state, receipt) : receiveAction(env, receipt);
    if (ready === undefined) continue;
    const outcome = executeReceipt(env, ready, takeInputs(env.state, ready));
    executed.push({ receipt: ready, outcome });
    gasBurnt += outcome.gasBurnt;
    for (const made of [...outcome.newReceipts, ...outcome.newData]) {
      (made.receiverId === ready.receiverId ? queue : next).push(made);
    }
  }
  return { executed, next: [...queue.slice(place), ...next], gasBurnt };
}

/** Data for yielded promises that nobody resumed in time. */
function timeouts(env: BlockEnvironment): DataReceipt[] {
  const ids = new IdSource('timeouts', env.height);
  return overdueYields(env.state, env.height).map(({ dataId, pending: { accountId, txHash } }) => ({
    kind: 'data',
    id: ids.next(),
    txHash,
    predecessorId: SYSTEM,
    receiverId: accountId,
    dataId,
    data: null,
    isResume: true,
  }));
}

interface Received {
  readonly data: Uint8Array | null;
}

/** The receipt that had waited for this data alone, if any. */
function receiveData(state: State, receipt: DataReceipt): ActionReceipt | undefined {
  const { dataId } = receipt;
  state.cause = { type: 'postponed_receipt', receipt_hash: receipt.id };
  if (receipt.isResume) {
    if (yieldOf(state, dataId) === undefined) return undefined;
    setYield(state, dataId, undefined);
  }
  state.setRecord(`data/${dataId}`, { data: receipt.data } satisfies Received);
  const waitingId = state.record<string>(`waiting/${dataId}`);
  if (waitingId === undefined) return undefined;
  state.setRecord(`waiting/${dataId}`, undefined);
  const postponed = state.record<ActionReceipt>(`postponed/${waitingId}`);
  if (postponed === undefined || missingData(state, postponed).length > 0) return undefined;
  state.setRecord(`postponed/${waitingId}`, undefined);
  return postponed;
}

function missingData(state: State, receipt: ActionReceipt): string[] {
  return receipt.inputDataIds.filter((dataId) => state.record(`data/${dataId}`) === undefined);
}

/** The receipt itself if it can run at once. */
function receiveAction(env: BlockEnvironment, receipt: ActionReceipt): ActionReceipt | undefined {
  const { state } = env;
  const missing = missingData(state, receipt);
  if (missing.length === 0) return receipt;
  state.cause = { type: 'postponed_receipt', receipt_hash: receipt.id };
  state.setRecord(`postponed/${receipt.id}`, receipt);
  for (const dataId of missing) state.setRecord(`waiting/${dataId}`, receipt.id);
  if (receipt.isYield) {
    const expiresAt = env.height + LIMITS.yield_timeout_length_in_blocks;
    for (const dataId of missing) setYield(state, dataId, { accountId: receipt.receiverId, txHash: receipt.txHash, expiresAt });
  }
  return undefined;
}

function takeInputs(state: State, receipt: ActionReceipt): PromiseResult[] {
  return receipt.inputDataIds.map((dataId) => {
    const data = state.record<Received>(`data/${dataId}`)?.data ?? null;
    state.setRecord(`data/${dataId}`, undefined);
    return data === null ? { kind: 'failed' } : { kind: 'value', value: data };
  });
}
