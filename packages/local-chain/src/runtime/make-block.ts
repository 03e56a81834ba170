import { createHash } from 'node:crypto';
import type { BlockRecord, ExecutionStatusView, OutcomeView } from '../chain.types.ts';
import { base58 } from '../crypto/base58.ts';
import { sha256Base58 } from '../crypto/sha256.ts';
import type { BlockCommit, HistoryWrite, StateWrite } from '../store.types.ts';
import type { AcceptedTransaction } from './accept-transaction.ts';
import { receiptView, transactionView } from './action-view.ts';
import { type BlockEnvironment, EPOCH_LENGTH } from './environment.ts';
import { historyWrite } from './history.ts';
import type { Receipt } from './receipt.ts';
import { BLOCK_GAS_LIMIT, type QueueResult, runQueue } from './receipt-queue.ts';
import type { State } from './state.ts';
import { stateChanges } from './state-changes.ts';
import type { SignedTransaction } from './transaction.ts';

/** A transaction on its way into a block: charged already. */
export interface IncludedTransaction {
  readonly tx: SignedTransaction;
  readonly accepted: AcceptedTransaction;
}

/** A block and what must be stored with it. */
export interface MadeBlock {
  readonly record: BlockRecord;
  readonly commit: BlockCommit;
  readonly queue: QueueResult;
}

/** Names of the chain's own records in the state. */
export const RECORDS = { head: 'head', queue: 'queue', genesis: 'genesis', clockOffset: 'clockOffset' } as const;

/** Executes what is due and closes the block. `env.state` holds the charges of `included` already. */
export function makeBlock(env: BlockEnvironment, prev: BlockRecord, included: readonly IncludedTransaction[]): MadeBlock {
  const { state } = env;
  const local: Receipt[] = [];
  const outgoing: Receipt[] = [];
  for (const { accepted } of included) {
    (accepted.receipt.receiverId === accepted.receipt.signerId ? local : outgoing).push(accepted.receipt);
  }
  const waiting = state.record<Receipt[]>(RECORDS.queue) ?? [];
  const ran = runQueue(env, [...waiting, ...local]);
  const queue: QueueResult = { ...ran, next: [...ran.next, ...outgoing] };
  state.cause = { type: 'initial_state' };
  state.setRecord(RECORDS.queue, queue.next.length === 0 ? undefined : queue.next);

  const lost = queue.executed.reduce((sum, { outcome }) => sum + outcome.supplyLost, 0n);
  const burnt = included.reduce((sum, { accepted }) => sum + accepted.tokensBurnt, 0n);
  return closeBlock(env, prev, { included, queue, supply: BigInt(prev.totalSupplyYocto) - lost - burnt });
}

interface Contents {
  readonly included: readonly IncludedTransaction[];
  readonly queue: QueueResult;
  readonly supply: bigint;
}

/** The record of a block, made of the state's journal, and what to store. */
export function closeBlock(env: BlockEnvironment, prev: BlockRecord | undefined, { included, queue, supply }: Contents): MadeBlock {
  const { state, height } = env;
  const journal = state.takeJournal();
  const changes = stateChanges(journal);
  const txHashes = included.map(({ tx }) => tx.hash);
  const receiptIds = queue.executed.map(({ receipt }) => receipt.id);
  const changed = state.writes(journal);
  const stateRoot = rootAfter(prev?.stateRoot ?? '', changed);
  const prevHash = prev?.hash ?? base58(new Uint8Array(32));
  const epoch = Math.floor(height / EPOCH_LENGTH);
  const content = [prevHash, height, env.timestampNs, stateRoot, ...txHashes, '', ...receiptIds].join('/');
  const record: BlockRecord = {
    height,
    hash: sha256Base58(`block/${content}`),
    prevHash,
    prevHeight: prev?.height ?? height,
    timestampNanosec: env.timestampNs.toString(),
    epochId: sha256Base58(`epoch/${epoch}`),
    nextEpochId: sha256Base58(`epoch/${epoch + 1}`),
    gasPriceYocto: env.gasPrice.toString(),
    totalSupplyYocto: supply.toString(),
    randomValue: env.randomValue,
    stateRoot,
    chunkHash: sha256Base58(`chunk/${content}`),
    gasUsed: queue.gasBurnt + included.reduce((sum, { accepted }) => sum + accepted.gasBurnt, 0),
    gasLimit: BLOCK_GAS_LIMIT,
    txHashes,
    receiptIds,
  };
  state.setRecord(RECORDS.head, record);
  const writes = [...changed, ...state.writes(state.takeJournal())];
  const history = [
    historyWrite(`block/${height}`, record),
    historyWrite(`hash/${record.hash}`, height),
    historyWrite(`chunk/${record.chunkHash}`, height),
    historyWrite(`changes/${height}`, changes),
    ...transactionHistory(included, record.hash),
    ...receiptHistory(queue, record.hash),
  ];
  return { record, commit: { height, state: writes, history }, queue };
}

function rootAfter(root: string, writes: readonly StateWrite[]): string {
  const digest = createHash('sha256').update(root);
  for (const { key, value } of writes) digest.update(`${key.length}:${key}`, 'latin1').update(value ?? '-');
  return base58(digest.digest());
}

function transactionHistory(included: readonly IncludedTransaction[], blockHash: string): HistoryWrite[] {
  return included.flatMap(({ tx, accepted }) => [
    historyWrite(`tx/${tx.hash}`, transactionView(tx)),
    historyWrite(`receipt/${accepted.receipt.id}`, receiptView(accepted.receipt)),
    historyWrite(
      `outcome/${tx.hash}`,
      outcomeView(tx.hash, blockHash, {
        logs: [],
        receiptIds: [accepted.receipt.id],
        gasBurnt: accepted.gasBurnt,
        tokensBurnt: accepted.tokensBurnt,
        executorId: tx.signerId,
        status: { SuccessReceiptId: accepted.receipt.id },
      }),
    ),
  ]);
}

function receiptHistory(queue: QueueResult, blockHash: string): HistoryWrite[] {
  return queue.executed.flatMap(({ receipt, outcome }) => [
    ...[...outcome.newReceipts, ...outcome.newData].map((made) => historyWrite(`receipt/${made.id}`, receiptView(made))),
    historyWrite(
      `outcome/${receipt.id}`,
      outcomeView(receipt.id, blockHash, {
        logs: outcome.logs,
        receiptIds: outcome.newReceipts.map(({ id }) => id),
        gasBurnt: outcome.gasBurnt,
        tokensBurnt: outcome.tokensBurnt,
        executorId: receipt.receiverId,
        status: outcome.status,
      }),
    ),
  ]);
}

interface OutcomeParts {
  readonly logs: readonly string[];
  readonly receiptIds: readonly string[];
  readonly gasBurnt: number;
  readonly tokensBurnt: bigint;
  readonly executorId: string;
  readonly status: ExecutionStatusView;
}

function outcomeView(id: string, blockHash: string, parts: OutcomeParts): OutcomeView {
  return {
    proof: [],
    block_hash: blockHash,
    id,
    outcome: {
      logs: [...parts.logs],
      receipt_ids: [...parts.receiptIds],
      gas_burnt: parts.gasBurnt,
      tokens_burnt: parts.tokensBurnt.toString(),
      executor_id: parts.executorId,
      status: parts.status,
      metadata: { version: 3, gas_profile: [] },
    },
  };
}
