//! Challenges: proofs that an open batch is wrong, judged at once. Each is about what the trees say, not about who says it.

use crate::batches::Batch;
use crate::codec::Hash;
use crate::events::{emit, fail};
use crate::leaves::{ChargesLeaf, RewardsLeaf, WorkReceipt};
use crate::merkle::{Gap, Item, Leaf, Presence, Step, SumNode, add, climb, join_hash, leaf_node};
use crate::tables::ACCOUNTS;
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use near_sdk::{AccountId, env, near};

/// Which tree of a batch.
#[near(serializers = [json])]
#[serde(rename_all = "snake_case")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tree {
    /// Work receipts.
    Receipts,
    /// Cumulative rewards.
    Rewards,
    /// Cumulative charges.
    Charges,
}

/// What a node of a tree is made of.
#[near(serializers = [json])]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant)] // An argument: read once, never kept.
#[derive(Clone, Debug)]
pub enum Opening {
    /// A leaf of the receipts tree.
    Receipt(WorkReceipt),
    /// A leaf of the rewards tree.
    Reward(RewardsLeaf),
    /// A leaf of the charges tree.
    Charge(ChargesLeaf),
    /// Two nodes below.
    Inner {
        /// The left one.
        left: SumNode,
        /// The right one.
        right: SumNode,
    },
}

impl Opening {
    /// The hash, and the sums that it really has: none if they overflow or differ in number.
    fn truth(&self) -> (Hash, Option<Vec<U128>>) {
        let node = match self {
            Self::Receipt(leaf) => leaf_node(leaf),
            Self::Reward(leaf) => leaf_node(leaf),
            Self::Charge(leaf) => leaf_node(leaf),
            Self::Inner { left, right } => return (join_hash(left, right), add(&left.sums, &right.sums)),
        };
        (node.hash, Some(node.sums))
    }
}

/// All receipts of one payee: a contiguous range of the tree, or none.
#[near(serializers = [json])]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant)] // An argument: read once, never kept.
#[derive(Clone, Debug)]
pub enum ReceiptRange {
    /// From the first to the last. Without the neighbours the range may be a part, which proves too little alone.
    Between {
        /// The payee's first receipt.
        first: Box<Item<WorkReceipt>>,
        /// The payee's last receipt; may be the first.
        last: Box<Item<WorkReceipt>>,
        /// The receipt before the first, if there is one.
        before: Option<Box<Item<WorkReceipt>>>,
        /// The receipt after the last, if there is one.
        after: Option<Box<Item<WorkReceipt>>>,
    },
    /// The payee has no receipt in the batch.
    Absent(Gap<WorkReceipt>),
}

/// Two neighbouring leaves of one tree.
#[near(serializers = [json])]
#[serde(rename_all = "snake_case")]
#[derive(Clone, Debug)]
pub enum Neighbours {
    /// Of the receipts tree.
    Receipts(Box<[Item<WorkReceipt>; 2]>),
    /// Of the rewards tree.
    Rewards([Item<RewardsLeaf>; 2]),
    /// Of the charges tree.
    Charges([Item<ChargesLeaf>; 2]),
}

/// The proof that a batch is wrong.
#[near(serializers = [json])]
#[serde(rename_all = "snake_case")]
#[derive(Clone, Debug)]
pub enum Proof {
    /// A receipt whose node signature does not verify.
    BadSignature(Box<Item<WorkReceipt>>),
    /// One task and lease twice: in this batch, or in this and an earlier one.
    Duplicate {
        /// The batch of the first receipt: this one, or an earlier one that stands.
        first_batch: u64,
        /// One receipt.
        first: Box<Item<WorkReceipt>>,
        /// The other, in the challenged batch.
        second: Box<Item<WorkReceipt>>,
    },
    /// A node whose sums are not those that the tree, or the posted root, says.
    WrongSum {
        /// In which tree.
        tree: Tree,
        /// What the node is made of.
        opening: Box<Opening>,
        /// The sums that the tree says it has; the posted ones where it is the root.
        stated: Vec<U128>,
        /// From the node to the root.
        proof: Vec<Step>,
    },
    /// An account charged beyond what it deposited and did not withdraw.
    Unfunded(Item<ChargesLeaf>),
    /// A cumulative reward that is not the previous one plus the batch's receipts.
    WrongCumulative {
        /// Whose.
        account: String,
        /// In the batch before.
        previous: Presence<RewardsLeaf>,
        /// In the challenged batch.
        current: Presence<RewardsLeaf>,
        /// The account's receipts in the challenged batch.
        receipts: Box<ReceiptRange>,
    },
    /// A charge below that of the batch before: charges only grow.
    LoweredCharge {
        /// In the batch before.
        previous: Item<ChargesLeaf>,
        /// In the challenged batch.
        current: Presence<ChargesLeaf>,
    },
    /// Two neighbours out of order, or one account twice.
    Disorder(Neighbours),
}

impl Proof {
    fn name(&self) -> &'static str {
        match self {
            Self::BadSignature(_) => "bad_signature",
            Self::Duplicate { .. } => "duplicate",
            Self::WrongSum { .. } => "wrong_sum",
            Self::Unfunded(_) => "unfunded",
            Self::WrongCumulative { .. } => "wrong_cumulative",
            Self::LoweredCharge { .. } => "lowered_charge",
            Self::Disorder(_) => "disorder",
        }
    }
}

fn is_wrong_sum(root: &SumNode, opening: &Opening, stated: &[U128], proof: &[Step]) -> bool {
    let (hash, truth) = opening.truth();
    let Some(top) = climb(SumNode { hash, sums: stated.to_vec() }, proof) else {
        fail("ERR_PROOF: the sums on this path overflow or differ in number; open the node above");
    };
    ensure!(top.hash == root.hash, "ERR_PROOF: the path does not lead to the root");
    top.sums != root.sums || truth.as_deref() != Some(stated)
}

fn is_disordered<L: Leaf>(root: &SumNode, pair: &[Item<L>; 2], strict: bool) -> bool {
    pair.iter().for_each(|item| item.must_be_in(root));
    ensure!(pair[0].is_beside(&pair[1]), "ERR_PROOF: the leaves are not side by side, left one first");
    let order = |item: &Item<L>| (item.leaf.account().to_string(), item.leaf.minor().to_vec());
    let (left, right) = (order(&pair[0]), order(&pair[1]));
    left > right || (strict && left == right)
}

/// Sum of the payee's rewards in the range, and whether the range is complete.
fn rewards_in(range: &ReceiptRange, account: &str, root: &SumNode) -> (u128, bool) {
    let (first, last, before, after) = match range {
        ReceiptRange::Absent(gap) => {
            gap.must_exclude(account, root);
            return (0, true);
        }
        ReceiptRange::Between { first, last, before, after } => (first, last, before, after),
    };
    for item in [first, last].into_iter().chain(before).chain(after) {
        item.must_be_in(root);
    }
    ensure!(first.leaf.payee == account && last.leaf.payee == account, "ERR_PROOF: the range begins or ends with another payee");
    let from_left = before.as_ref().map_or(first.is_first(), |item| item.is_beside(first) && item.leaf.payee.as_str() < account);
    let to_right = after.as_ref().map_or(last.is_last(), |item| last.is_beside(item) && item.leaf.payee.as_str() > account);
    let until_last = last.sum_before(0).and_then(|sum| sum.checked_add(last.leaf.reward.0));
    let sum = until_last.zip(first.sum_before(0)).and_then(|(until, before)| until.checked_sub(before));
    (sum.unwrap_or_else(|| fail("ERR_PROOF: the first receipt stands after the last")), from_left && to_right)
}

impl Contract {
    fn is_duplicate(&self, number: u64, batch: &Batch, first_batch: u64, pair: [&Item<WorkReceipt>; 2]) -> bool {
        let [first, second] = pair;
        second.must_be_in(&batch.receipts);
        if first_batch == number {
            first.must_be_in(&batch.receipts);
        } else {
            ensure!(first_batch < number, "ERR_PROOF: the first batch must be the earlier one");
            let earlier = self.batch(first_batch);
            ensure!(
                self.status_of(first_batch, &earlier) != crate::batches::BatchStatus::Rejected,
                "ERR_PROOF: the first batch was rejected"
            );
            first.must_be_in(&earlier.receipts);
        }
        let same_place = first_batch == number && first.leaf == second.leaf && first.proof == second.proof;
        let ids = |item: &Item<WorkReceipt>| (item.leaf.task_id, item.leaf.lease_id);
        !same_place && ids(first) == ids(second)
    }

    fn is_wrong_cumulative(
        &self,
        number: u64,
        batch: &Batch,
        account: &str,
        leaves: [&Presence<RewardsLeaf>; 2],
        receipts: &ReceiptRange,
    ) -> bool {
        let before = self.batch(batch.previous);
        let previous = leaves[0].leaf_of(account, &before.rewards);
        let current = leaves[1].leaf_of(account, &batch.rewards);
        let (earned, complete) = rewards_in(receipts, account, &batch.receipts);
        let fees = if account == self.config.treasury.as_str() { batch.receipts.sums[1].0 } else { 0 };
        let due = previous
            .map_or(0, |leaf| leaf.cumulative.0)
            .checked_add(earned)
            .and_then(|sum| sum.checked_add(fees))
            .unwrap_or_else(|| fail("ERR_PROOF: the sums overflow"));
        let has = current.map_or(0, |leaf| leaf.cumulative.0);
        let first = previous.map_or(number, |leaf| leaf.first_batch);
        let misdated = current.is_some_and(|leaf| leaf.first_batch != first);
        has < due || misdated || (complete && has > due)
    }

    fn is_wrong(&self, number: u64, batch: &Batch, proof: &Proof) -> bool {
        match proof {
            Proof::BadSignature(item) => {
                item.must_be_in(&batch.receipts);
                !item.leaf.is_signed()
            }
            Proof::Duplicate { first_batch, first, second } => self.is_duplicate(number, batch, *first_batch, [first, second]),
            Proof::WrongSum { tree, opening, stated, proof } => {
                let root = match tree {
                    Tree::Receipts => &batch.receipts,
                    Tree::Rewards => &batch.rewards,
                    Tree::Charges => &batch.charges,
                };
                is_wrong_sum(root, opening, stated, proof)
            }
            Proof::Unfunded(item) => {
                item.must_be_in(&batch.charges);
                let funded = item.leaf.account.parse::<AccountId>().ok().and_then(|id| ACCOUNTS.get(&id));
                item.leaf.cumulative.0 > funded.map_or(0, |account| account.escrow)
            }
            Proof::WrongCumulative { account, previous, current, receipts } => {
                self.is_wrong_cumulative(number, batch, account, [previous, current], receipts)
            }
            Proof::LoweredCharge { previous, current } => {
                previous.must_be_in(&self.batch(batch.previous).charges);
                let now = current.leaf_of(&previous.leaf.account, &batch.charges);
                now.map_or(0, |leaf| leaf.cumulative.0) < previous.leaf.cumulative.0
            }
            Proof::Disorder(Neighbours::Receipts(pair)) => is_disordered(&batch.receipts, pair, false),
            Proof::Disorder(Neighbours::Rewards(pair)) => is_disordered(&batch.rewards, pair, true),
            Proof::Disorder(Neighbours::Charges(pair)) => is_disordered(&batch.charges, pair, true),
        }
    }
}

#[near]
impl Contract {
    /// Rejects an open batch, and all later ones, if the proof holds; the bounty goes from the settler's bond to the caller's
    /// balance. Anybody with storage here. Returns the bounty. A proof that does not hold changes nothing.
    pub fn challenge(&mut self, number: u64, proof: Proof) -> U128 {
        let batch = self.open_batch(number);
        let challenger = env::predecessor_account_id();
        self.account(&challenger);
        ensure!(self.is_wrong(number, &batch, &proof), "ERR_NOT_WRONG: the proof shows nothing wrong");
        self.reject_from(number, &batch);
        let bounty = self.config.challenge_bounty.0.min(self.funds.bond);
        self.funds.bond -= bounty;
        self.credit(&challenger, bounty);
        emit("batch_rejected", json!({ "number": number, "cause": proof.name(), "by": challenger, "bounty": U128(bounty) }));
        U128(bounty)
    }
}
