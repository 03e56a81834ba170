//! The settler's books off chain: from receipts to the three trees of the next batch.

use super::trees::SumTree;
use super::world::World;
use crate::leaves::{ChargesLeaf, RewardsLeaf, WorkReceipt};
use near_sdk::json_types::U128;
use std::collections::BTreeMap;

/// The trees of a batch.
#[derive(Clone)]
pub struct Trees {
    pub receipts: SumTree<WorkReceipt>,
    pub rewards: SumTree<RewardsLeaf>,
    pub charges: SumTree<ChargesLeaf>,
}

/// Cumulative rewards and charges so far.
#[derive(Clone, Default)]
pub struct Ledger {
    pub rewards: BTreeMap<String, (u128, u64)>,
    pub charges: BTreeMap<String, u128>,
}

impl Ledger {
    /// Books receipts and builds the trees of batch `number`.
    pub fn close(&mut self, number: u64, mut receipts: Vec<WorkReceipt>) -> Trees {
        receipts.sort_by(|a, b| (&a.payee, a.task_id).cmp(&(&b.payee, b.task_id)));
        for receipt in &receipts {
            self.earn(&receipt.payee, receipt.reward.0, number);
            self.earn("treasury.near", receipt.fee.0, number);
            *self.charges.entry(receipt.payer.clone()).or_default() += receipt.reward.0 + receipt.fee.0;
        }
        self.trees(receipts)
    }

    fn earn(&mut self, account: &str, amount: u128, number: u64) {
        self.rewards.entry(account.to_string()).or_insert((0, number)).0 += amount;
    }

    /// The trees of the present books.
    pub fn trees(&self, receipts: Vec<WorkReceipt>) -> Trees {
        let rewards = self.rewards.iter().map(|(account, &(cumulative, first_batch))| RewardsLeaf {
            account: account.clone(),
            cumulative: U128(cumulative),
            first_batch,
        });
        let charges = self
            .charges
            .iter()
            .map(|(account, &cumulative)| ChargesLeaf { account: account.clone(), cumulative: U128(cumulative) });
        Trees {
            receipts: SumTree::new(receipts),
            rewards: SumTree::new(rewards.collect()),
            charges: SumTree::new(charges.collect()),
        }
    }

    /// Names an account that has a deposit, so that it can leave by its own leaf.
    pub fn know(&mut self, name: &str) {
        self.charges.entry(format!("{name}.near")).or_default();
    }
}

/// Posts a batch as the settler.
pub fn post(world: &mut World, number: u64, trees: &Trees) -> Result<(), String> {
    let (receipts, rewards, charges) = (trees.receipts.root(), trees.rewards.root(), trees.charges.root());
    world.call("settler", |contract| contract.post_batch(number, receipts, rewards, charges))
}

/// Posts a batch and makes it final.
pub fn settle(world: &mut World, number: u64, trees: &Trees) {
    post(world, number, trees).expect("posted");
    world.wait(super::world::HOUR);
    world.call("watcher", |contract| contract.finalize_batch(number)).expect("final");
}
