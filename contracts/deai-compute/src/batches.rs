//! Batches: posted by the settler, open for the challenge window, then final in order, or rejected with all later open ones.

use crate::events::{emit, fail, now_ms};
use crate::merkle::SumNode;
use crate::storage::BATCH_BYTES;
use crate::tables::{ACCOUNTS, BATCHES, REJECTIONS};
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use near_sdk::{env, near};

/// How far settlement has come. Numbers of batches; 0 is the empty one before the first.
#[near(serializers = [borsh])]
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Number of the last batch posted, rejected or not.
    pub posted: u64,
    /// The last posted one that stands.
    pub head: u64,
    /// The last final one.
    pub last_final: u64,
    /// When that became final.
    pub last_final_at_ms: u64,
    /// The oldest number that may still have a record.
    pub oldest: u64,
    /// Batches that have a record.
    pub records: u64,
    /// Rejections so far.
    pub epoch: u32,
}

/// A batch as it was posted.
#[near(serializers = [borsh])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Root of the work receipts; sums reward and fee.
    pub receipts: SumNode,
    /// Root of the cumulative rewards.
    pub rewards: SumNode,
    /// Root of the cumulative charges.
    pub charges: SumNode,
    /// When it was posted.
    pub posted_at_ms: u64,
    /// The batch that it builds on.
    pub previous: u64,
    /// How many rejections came before.
    pub epoch: u32,
}

/// Where a batch stands.
#[near(serializers = [json])]
#[serde(rename_all = "snake_case")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BatchStatus {
    /// Open for challenges.
    Posted,
    /// Settled for good.
    Final,
    /// Challenged, retracted, or built on such a one.
    Rejected,
}

impl Batch {
    fn genesis() -> Self {
        Self {
            receipts: SumNode::empty(2),
            rewards: SumNode::empty(1),
            charges: SumNode::empty(1),
            posted_at_ms: 0,
            previous: 0,
            epoch: 0,
        }
    }
}

fn must_have_sums(root: &SumNode, count: usize) {
    ensure!(root.sums.len() == count, "ERR_ROOT: receipts have the sums [reward, fee], the other roots [cumulative]");
    ensure!(!root.is_empty() || root.sums.iter().all(|sum| sum.0 == 0), "ERR_ROOT: the empty tree has no sums");
}

impl Contract {
    /// A batch by number; the empty one for 0. Ends the call if there is none.
    pub(crate) fn batch(&self, number: u64) -> Batch {
        if number == 0 {
            return Batch::genesis();
        }
        BATCHES.get(&number).unwrap_or_else(|| fail("ERR_NO_BATCH: there is no such batch, or it was pruned"))
    }

    /// The latest final batch, or the empty one before the first.
    pub(crate) fn last_final(&self) -> Batch {
        self.batch(self.progress.last_final)
    }

    pub(crate) fn status_of(&self, number: u64, batch: &Batch) -> BatchStatus {
        let rejected = batch.epoch < self.progress.epoch && REJECTIONS.get(&batch.epoch).is_some_and(|first| number >= first);
        if rejected {
            BatchStatus::Rejected
        } else if number <= self.progress.last_final {
            BatchStatus::Final
        } else {
            BatchStatus::Posted
        }
    }

    /// A batch that can still be challenged. Ends the call if it is final or rejected.
    pub(crate) fn open_batch(&self, number: u64) -> Batch {
        let batch = self.batch(number);
        let status = if number == 0 { BatchStatus::Final } else { self.status_of(number, &batch) };
        match status {
            BatchStatus::Posted => batch,
            BatchStatus::Final => fail("ERR_FINAL: the batch is final"),
            BatchStatus::Rejected => fail("ERR_REJECTED: the batch was rejected already"),
        }
    }

    pub(crate) fn must_have_no_open_batch(&self) {
        ensure!(
            self.progress.head == self.progress.last_final,
            "ERR_OPEN_BATCHES: wait until every batch is final, or retract them"
        );
    }

    /// Rejects an open batch and all later ones. Costs one record an epoch with open batches, not one a batch.
    pub(crate) fn reject_from(&mut self, number: u64, batch: &Batch) {
        for epoch in batch.epoch..=self.progress.epoch {
            let first = REJECTIONS.get(&epoch).map_or(number, |first| first.min(number));
            REJECTIONS.put(&epoch, &first);
        }
        self.progress.epoch += 1;
        self.progress.head = batch.previous;
    }
}

#[near]
impl Contract {
    /// Posts the next batch. The settler, with its bond and with storage for the record. `number` is the last posted one plus one,
    /// so that a retry cannot post twice. The totals must agree: reward + fee of the receipts = Δ rewards = Δ charges.
    pub fn post_batch(&mut self, number: u64, receipts: SumNode, rewards: SumNode, charges: SumNode) {
        self.must_run();
        self.must_be_settler();
        ensure!(number == self.progress.posted + 1, "ERR_NUMBER: not the next number; see stats().posted");
        ensure!(self.funds.bond >= self.config.min_bond.0, "ERR_BOND: the bond is below min_bond; add to it");
        must_have_sums(&receipts, 2);
        must_have_sums(&rewards, 1);
        must_have_sums(&charges, 1);
        let previous = self.batch(self.progress.head);
        let total = receipts.sums[0].0.checked_add(receipts.sums[1].0);
        let earned = rewards.sums[0].0.checked_sub(previous.rewards.sums[0].0);
        let charged = charges.sums[0].0.checked_sub(previous.charges.sums[0].0);
        ensure!(
            total.is_some() && total == earned && total == charged,
            "ERR_TOTALS: reward + fee of the receipts must be what rewards and charges grew by"
        );
        let open = charges.sums[0].0 - self.last_final().charges.sums[0].0;
        ensure!(open <= self.funds.escrow, "ERR_ESCROW: open batches charge more than the escrow");
        let mut account = self.account(&self.config.settler);
        account.occupy(BATCH_BYTES);
        ACCOUNTS.put(&self.config.settler, &account);
        let batch = Batch {
            receipts,
            rewards,
            charges,
            posted_at_ms: now_ms(),
            previous: self.progress.head,
            epoch: self.progress.epoch,
        };
        BATCHES.put(&number, &batch);
        self.progress.posted = number;
        self.progress.head = number;
        self.progress.records += 1;
        if self.progress.oldest == 0 {
            self.progress.oldest = number;
        }
        emit(
            "batch_posted",
            json!({
                "number": number, "previous": batch.previous, "posted_at_ms": batch.posted_at_ms,
                "receipts": batch.receipts, "rewards": batch.rewards, "charges": batch.charges,
            }),
        );
    }

    /// Makes the next open batch final once its window is over: its charges move from escrow to rewards. Anybody.
    pub fn finalize_batch(&mut self, number: u64) {
        let batch = self.open_batch(number);
        ensure!(batch.previous == self.progress.last_final, "ERR_ORDER: finalise the batch before it first");
        ensure!(now_ms() >= batch.posted_at_ms + self.config.challenge_ms, "ERR_WINDOW: the challenge window is still open");
        let charged = batch.charges.sums[0].0 - self.last_final().charges.sums[0].0;
        ensure!(charged <= self.funds.escrow, "ERR_ESCROW: the batch charges more than the escrow; retract it");
        self.funds.escrow -= charged;
        self.funds.rewards += charged;
        self.progress.last_final = number;
        self.progress.last_final_at_ms = now_ms();
        emit("batch_final", json!({ "number": number, "charged": U128(charged), "rewards": batch.rewards }));
    }

    /// Rejects an open batch and all later ones without a penalty. The settler, on its own mistake, or the owner.
    pub fn retract_batch(&mut self, number: u64) {
        let caller = env::predecessor_account_id();
        ensure!(caller == self.config.settler || caller == self.owner, "ERR_SETTLER: only the settler or the owner may retract");
        let batch = self.open_batch(number);
        self.reject_from(number, &batch);
        emit("batch_rejected", json!({ "number": number, "cause": "retracted", "by": caller }));
    }

    /// Removes up to `limit` of the oldest batches that are older than `batch_keep_ms` and neither open nor the latest final one,
    /// and gives their storage back to the settler. Anybody. What they held stays in the chain's history, in their events.
    pub fn prune_batches(&mut self, limit: u64) -> u64 {
        let mut removed = 0;
        while removed < limit && self.progress.oldest > 0 && self.progress.oldest < self.progress.last_final {
            let number = self.progress.oldest;
            if let Some(batch) = BATCHES.get(&number) {
                if now_ms() < batch.posted_at_ms + self.config.batch_keep_ms {
                    break;
                }
                BATCHES.remove(&number);
                removed += 1;
            }
            self.progress.oldest += 1;
        }
        ensure!(removed > 0, "ERR_NOTHING: no batch is old enough");
        self.progress.records -= removed;
        if let Some(mut settler) = ACCOUNTS.get(&self.config.settler) {
            settler.vacate(BATCH_BYTES * removed);
            ACCOUNTS.put(&self.config.settler, &settler);
        }
        emit("batches_pruned", json!({ "before": self.progress.oldest, "removed": removed }));
        removed
    }
}
