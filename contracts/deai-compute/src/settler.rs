//! The settler's bond: what proven challenges are paid from.

use crate::events::{emit, must_attach_one_yocto};
use crate::storage::BATCH_BYTES;
use crate::tables::ACCOUNTS;
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use near_sdk::{AccountId, env, near};

impl Contract {
    pub(crate) fn must_be_settler(&self) {
        ensure!(env::predecessor_account_id() == self.config.settler, "ERR_SETTLER: only the settler may call this");
    }

    pub(crate) fn add_bond(&mut self, sender: &AccountId, amount: u128) {
        ensure!(*sender == self.config.settler, "ERR_SETTLER: only the settler has a bond");
        self.account(sender);
        self.funds.bond += amount;
        emit("bond_added", json!({ "amount": U128(amount), "bond": U128(self.funds.bond) }));
    }

    /// Hands the role over: the bond goes to the old settler's balance, the storage of kept batches to the new one's account.
    pub(crate) fn change_settler(&mut self, settler: &AccountId) {
        if self.funds.bond > 0 {
            self.release_bond(self.funds.bond);
        }
        let bytes = BATCH_BYTES * self.progress.records;
        if let Some(mut old) = ACCOUNTS.get(&self.config.settler) {
            old.vacate(bytes);
            ACCOUNTS.put(&self.config.settler, &old);
        }
        let mut new = self.account(settler);
        new.occupy(bytes);
        ACCOUNTS.put(settler, &new);
    }

    /// Moves bond to the settler's balance.
    pub(crate) fn release_bond(&mut self, amount: u128) {
        self.funds.bond -= amount;
        let settler = self.config.settler.clone();
        self.credit(&settler, amount);
    }
}

#[near]
impl Contract {
    /// Moves bond, all of it or `amount`, to the settler's balance. The settler; only while no batch is open. One yocto.
    #[payable]
    pub fn unbond(&mut self, amount: Option<U128>) {
        must_attach_one_yocto();
        self.must_be_settler();
        self.must_have_no_open_batch();
        let amount = amount.map_or(self.funds.bond, |amount| amount.0);
        ensure!(amount > 0 && amount <= self.funds.bond, "ERR_BOND: not an amount between zero and the bond");
        self.release_bond(amount);
        emit("unbonded", json!({ "amount": U128(amount), "bond": U128(self.funds.bond) }));
    }
}
