//! Claims: cumulative, so that one claim pays what any number of batches brought.

use crate::leaves::RewardsLeaf;
use crate::merkle::{Item, Step};
use crate::payout::Source;
use crate::tables::ACCOUNTS;
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::{AccountId, PromiseOrValue, near};

#[near]
impl Contract {
    /// Pays `cumulative − claimed` to the leaf's account, against the latest final rewards root. Anybody may call it.
    pub fn claim_rewards(&mut self, leaf: RewardsLeaf, proof: Vec<Step>) -> PromiseOrValue<U128> {
        let item = Item { leaf, proof };
        item.must_be_in(&self.last_final().rewards);
        let Ok(id) = item.leaf.account.parse::<AccountId>() else {
            crate::events::fail("ERR_ACCOUNT: the leaf's account is no account id");
        };
        let mut account = self.account(&id);
        let amount = item.leaf.cumulative.0.saturating_sub(account.claimed);
        ensure!(amount <= self.funds.rewards, "ERR_REWARDS: more than all final rewards that are left");
        account.claimed += amount;
        self.funds.rewards -= amount;
        self.pay(id, &mut account, amount, Source::Claim).into()
    }

    /// What the account has claimed so far, in yocto.
    pub fn claimed_of(&self, account_id: AccountId) -> U128 {
        ACCOUNTS.get(&account_id).map_or(0, |account| account.claimed).into()
    }
}
