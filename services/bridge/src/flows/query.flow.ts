import {
  type AccountEvent,
  DeaiError,
  type PageOf,
  type PageQueryOf,
  proofToJson,
  type ReceiptBatch,
  receiptToJson,
  type SettlementAccount,
  type SettlementBatch,
  type SettlementLeaf,
  type SettlementLeavesQuery,
  type SettlementQuery,
  type SettlementStatus,
  type SettlementToken,
  type WorkReceiptJson,
} from '@deai/protocol';
import type { BridgeConfig } from '../config.ts';
import { proofsOf } from '../domain/account-proofs.ts';
import { leavesJson } from '../domain/batch-trees.ts';
import { rootsJson, sumNodeJson } from '../domain/contract-roots.ts';
import type { StoredBatch } from '../domain/ports.ts';
import type { SettlementReads } from '../store/pg-settlement-reads.ts';
import { createClaimed } from './account.flow.ts';
import type { Bridge } from './bridge.ts';
import { createTokenView } from './token.flow.ts';

/** They must fit into a message between processes. */
const MOST_LEAVES = 500;

/** What people ask of settlement. */
export interface QueryFlow {
  status(): Promise<SettlementStatus>;
  /** The token's supply and where it is. @throws DeaiError `CHAIN_UNAVAILABLE` */
  token(): Promise<SettlementToken>;
  batches(query: SettlementQuery): Promise<{ items: SettlementBatch[]; nextCursor: string | null }>;
  /** @throws DeaiError `BATCH_NOT_FOUND`, here and below. */
  batch(number: number): Promise<SettlementBatch>;
  /** Leaves of a tree, in their order. @throws DeaiError `INVALID_CURSOR` too. */
  leaves(number: number, query: SettlementLeavesQuery): Promise<{ items: SettlementLeaf[]; nextCursor: string | null }>;
  account(accountId: string): Promise<SettlementAccount>;
  /** What was seen to happen to an account, newest first. @throws DeaiError `INVALID_CURSOR` */
  history(accountId: string, query: PageQueryOf): Promise<PageOf<AccountEvent>>;
  ofTasks(taskIds: readonly string[]): Promise<Record<string, 'batched' | 'settled'>>;
  /** Null when no batch has the task. */
  receipt(taskId: string): Promise<{ receipt: WorkReceiptJson; batch: ReceiptBatch } | null>;
}

export interface QueryParts {
  bridge: Bridge;
  reads: SettlementReads;
  chain: NonNullable<BridgeConfig['chain']>;
  /** What keeps settlement from going on. */
  problem(): string | undefined;
}

export function createQueryFlow({ bridge, reads, chain, problem }: QueryParts): QueryFlow {
  const { bus, followed, settlements, contractConfig, trees: treesOf } = bridge;
  const claimedOf = createClaimed(bridge);
  const token = createTokenView(bridge, chain);

  async function stored(number: number): Promise<StoredBatch> {
    const batch = await settlements.batch(number);
    if (!batch) throw new DeaiError('BATCH_NOT_FOUND', { number });
    return batch;
  }
  async function lagS(): Promise<number> {
    const { through } = await settlements.head();
    const { commits } = await bus.request('tasks.completedSince', { after: through, limit: 1 });
    return commits[0] ? Math.max(0, (bridge.now() - Date.parse(commits[0].at)) / 1_000) : 0;
  }

  return {
    async status() {
      const [sums, lag] = await Promise.all([reads.sums(), lagS()]);
      return {
        chainId: chain.chainId,
        rpcUrl: chain.publicRpcUrl ?? null,
        contractId: chain.contractId,
        tokenId: chain.tokenId,
        treasuryId: contractConfig.treasury,
        sponsorId: chain.sponsorId,
        minStakeYocto: contractConfig.min_stake,
        claimLeastYocto: bridge.config.claimLeastYocto.toString(),
        challengeMs: contractConfig.challenge_ms,
        lagS: lag,
        ...sums,
        problem: problem() ?? null,
      };
    },
    token,
    async batches(query) {
      const { items, nextCursor } = await reads.page(query);
      return { items: items.map(batchJson), nextCursor };
    },
    async batch(number) {
      const found = await reads.withTransactions(number);
      if (!found) throw new DeaiError('BATCH_NOT_FOUND', { number });
      return batchJson(found);
    },
    async leaves(number, { tree = 'receipts', limit = 50, cursor = '0' }) {
      const from = Number(cursor);
      if (!Number.isSafeInteger(from) || from < 0) throw new DeaiError('INVALID_CURSOR', { cursor });
      const opened = await treesOf(await stored(number));
      const to = from + Math.min(limit, MOST_LEAVES);
      return { items: leavesJson(opened, tree, from, to), nextCursor: to < opened.leaves[tree].length ? String(to) : null };
    },
    async account(accountId) {
      const [total, seen, last, stakes] = await Promise.all([
        reads.total(accountId),
        followed.account(accountId),
        settlements.lastFinal(),
        followed.stakesOf(accountId),
      ]);
      const opened = last && (await treesOf(last));
      const final = opened?.leaves.rewards.find(({ account }) => account === accountId)?.cumulativeYocto ?? 0n;
      // Who has nothing final has claimed nothing: the chain is not asked about just any account.
      const claimed = final > 0n ? await claimedOf(accountId) : 0n;
      return {
        accountId,
        earnedYocto: total.earned.toString(),
        chargedYocto: total.charged.toString(),
        finalEarnedYocto: final.toString(),
        escrowYocto: (seen?.escrowYocto ?? 0n).toString(),
        requestedYocto: (seen?.requestedYocto ?? 0n).toString(),
        claimedYocto: claimed?.toString() ?? null,
        claimableYocto: claimed === undefined ? null : (final > claimed ? final - claimed : 0n).toString(),
        stakes: stakes.map(({ nodeKey, stakeYocto, unstakingYocto }) => ({
          nodeKey,
          stakeYocto: stakeYocto.toString(),
          unstakingYocto: unstakingYocto.toString(),
        })),
        proofs: last && opened ? await proofsOf(accountId, last.number, opened) : null,
      };
    },
    history: (accountId, query) => reads.history(accountId, query),
    ofTasks: (taskIds) => reads.ofTasks(taskIds),
    async receipt(taskId) {
      const place = await reads.place(taskId);
      const batch = place && (await settlements.batch(place.number));
      if (!batch) return null;
      const opened = await treesOf(batch);
      const receipt = opened.receipt(place.position);
      if (receipt?.taskId !== taskId) throw new Error(`task ${taskId} is not at its place in batch ${batch.number}`);
      const { hash, sums } = sumNodeJson(batch.roots.receipts);
      const proof = proofToJson((await opened.receipts()).proof(place.position));
      return {
        receipt: receiptToJson(receipt),
        batch: { id: batch.number, contractId: chain.contractId, root: { hash, sums }, proof },
      };
    },
  };
}

/** A batch with the transactions that concern it. */
export type BatchWithTransactions = StoredBatch & { postTx: string | null; finalTx: string | null };

/** A batch as the API shows it. */
export function batchJson(batch: BatchWithTransactions): SettlementBatch {
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    number: batch.number,
    state: batch.state,
    receipts: batch.receipts,
    rewardYocto: batch.rewardYocto.toString(),
    feeYocto: batch.feeYocto.toString(),
    roots: rootsJson(batch.roots),
    builtAt: new Date(batch.builtAtMs).toISOString(),
    postedAt: time(batch.postedAtMs),
    finalAt: time(batch.finalAtMs),
    postTx: batch.postTx,
    finalTx: batch.finalTx,
  };
}
