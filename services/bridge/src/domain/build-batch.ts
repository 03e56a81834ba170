import {
  chargeLeaf,
  encodeReceipt,
  rewardLeaf,
  type Sha256,
  type SumNode,
  type SumTree,
  sumLeaf,
  sumTreeInTurns,
  type WorkReceipt,
} from '@deai/protocol';
import { encodeLeaves } from './batch-file.ts';
import type { AccountDelta, AccountTotal, BatchDraft } from './ports.ts';

/** What a batch is built from. */
export interface BatchBasis {
  number: number;
  previous: number;
  /** Of all accounts, before this batch. Not changed. */
  totals: ReadonlyMap<string, AccountTotal>;
  /** Earns the fees. */
  treasury: string;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A receipt as a leaf. */
export interface ReceiptLeaf {
  receipt: WorkReceipt;
  /** In borsh, as it is hashed. */
  bytes: Uint8Array;
  node: SumNode;
}

/** Encodes and hashes a receipt: most of a batch's work, which the caller spreads over many turns of the event loop. */
export function leafOf(sha256: Sha256, receipt: WorkReceipt): ReceiptLeaf {
  const bytes = encodeReceipt(receipt);
  return { receipt, bytes, node: sumLeaf(sha256, bytes, [receipt.rewardYocto, receipt.feeYocto]) };
}

/**
 * Builds the three trees of a batch (ADR 9): receipts by payee, then task; cumulative rewards and charges by account. Accounts and ids are
 * ASCII, so their order as text is that of their bytes. `rest` is awaited now and then, for others to have their turn.
 */
export async function buildBatch(
  sha256: Sha256,
  basis: BatchBasis,
  unordered: readonly ReceiptLeaf[],
  rest: () => Promise<void> = async () => {},
): Promise<BatchDraft> {
  const leaves = unordered.toSorted(
    ({ receipt: a }, { receipt: b }) => compare(a.payee, b.payee) || compare(a.taskId, b.taskId) || compare(a.leaseId, b.leaseId),
  );
  const receipts = leaves.map(({ receipt }) => receipt);
  const deltas = deltasOf(receipts, basis.treasury);
  const totals = totalsAfter(basis, deltas);
  const rewards = rewardsOf(totals);
  const charges = chargesOf(totals);
  return {
    number: basis.number,
    previous: basis.previous,
    receipts,
    roots: {
      receipts: (await receiptsTree(sha256, leaves, rest)).root,
      rewards: (await rewardsTree(sha256, rewards, rest)).root,
      charges: (await chargesTree(sha256, charges, rest)).root,
    },
    deltas,
    firstEarners: rewards.flatMap(({ account, firstBatch }) => (firstBatch === basis.number ? [account] : [])),
    bytes: encodeLeaves(
      leaves.map(({ bytes }) => bytes),
      rewards,
      charges,
    ),
  };
}

/** Rewards and fees of the receipts, and who was charged for them. */
function deltasOf(receipts: readonly WorkReceipt[], treasury: string): AccountDelta[] {
  const deltas = new Map<string, AccountDelta>();
  const of = (account: string): AccountDelta => {
    let delta = deltas.get(account);
    if (!delta) {
      delta = { account, earned: 0n, charged: 0n };
      deltas.set(account, delta);
    }
    return delta;
  };
  let fees = 0n;
  for (const { payer, payee, rewardYocto, feeYocto } of receipts) {
    of(payee).earned += rewardYocto;
    of(payer).charged += rewardYocto + feeYocto;
    fees += feeYocto;
  }
  if (fees > 0n) of(treasury).earned += fees;
  return [...deltas.values()].filter(({ earned, charged }) => earned > 0n || charged > 0n);
}

function totalsAfter({ totals, number }: BatchBasis, deltas: readonly AccountDelta[]): AccountTotal[] {
  const after = new Map(totals);
  for (const { account, earned, charged } of deltas) {
    const before = after.get(account) ?? { account, earned: 0n, charged: 0n, firstBatch: undefined, depositor: false };
    after.set(account, {
      ...before,
      earned: before.earned + earned,
      charged: before.charged + charged,
      firstBatch: before.firstBatch ?? (earned > 0n ? number : undefined),
    });
  }
  return [...after.values()].sort((a, b) => compare(a.account, b.account));
}

/** A leaf of the rewards tree. */
export interface RewardEntry {
  account: string;
  cumulativeYocto: bigint;
  firstBatch: number;
}

/** A leaf of the charges tree. */
export interface ChargeEntry {
  account: string;
  cumulativeYocto: bigint;
}

function rewardsOf(totals: readonly AccountTotal[]): RewardEntry[] {
  return totals.flatMap(({ account, earned, firstBatch }) =>
    firstBatch === undefined ? [] : [{ account, cumulativeYocto: earned, firstBatch }],
  );
}

function chargesOf(totals: readonly AccountTotal[]): ChargeEntry[] {
  return totals.flatMap(({ account, charged, depositor }) => (charged > 0n || depositor ? [{ account, cumulativeYocto: charged }] : []));
}

type Rest = () => Promise<void>;

/** The tree of cumulative rewards, for its root and its proofs. */
export function rewardsTree(sha256: Sha256, entries: readonly RewardEntry[], rest: Rest): Promise<SumTree> {
  return sumTreeInTurns(
    sha256,
    entries.map((entry) => rewardLeaf(sha256, entry)),
    1,
    rest,
  );
}

/** The tree of cumulative charges, likewise. */
export function chargesTree(sha256: Sha256, entries: readonly ChargeEntry[], rest: Rest): Promise<SumTree> {
  return sumTreeInTurns(
    sha256,
    entries.map((entry) => chargeLeaf(sha256, entry)),
    1,
    rest,
  );
}

/** The tree of receipts, likewise. */
export function receiptsTree(sha256: Sha256, leaves: readonly { node: SumNode }[], rest: Rest): Promise<SumTree> {
  return sumTreeInTurns(
    sha256,
    leaves.map(({ node }) => node),
    2,
    rest,
  );
}
