//! One record an account: its NEAR for storage, its deposit, what it claimed, its balance.

use crate::events::fail;
use crate::storage::{cost_of, price_of};
use crate::tables::ACCOUNTS;
use crate::{Contract, ensure};
use near_sdk::{AccountId, near};

/// A wish to withdraw from escrow.
#[near(serializers = [borsh])]
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct WithdrawRequest {
    /// Yocto; less is paid where less is free.
    pub amount: u128,
    /// When it was made.
    pub at_ms: u64,
}

/// What the contract holds for an account. Amounts of tokens in yocto.
#[near(serializers = [borsh])]
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Account {
    /// Yocto NEAR deposited for storage.
    pub near: u128,
    /// Bytes of the account's other records.
    pub used_bytes: u64,
    /// Deposited to escrow and not withdrawn. Charges are not deducted here: they stand in the charges tree.
    pub escrow: u128,
    /// Claimed of the cumulative rewards.
    pub claimed: u128,
    /// Free tokens: for direct tasks, from them, bounties.
    pub balance: u128,
    /// On the way out. One transfer at a time, so that a failed one can be restored.
    pub in_flight: u128,
    /// The open wish to withdraw from escrow.
    pub request: Option<WithdrawRequest>,
}

impl Account {
    /// Takes storage for a record, out of the NEAR that was deposited.
    pub fn occupy(&mut self, bytes: u64) {
        self.used_bytes += bytes;
        ensure!(
            self.near >= cost_of(self.used_bytes),
            "ERR_STORAGE: not enough NEAR deposited for the new record; call storage_deposit with more"
        );
    }

    /// Gives the storage of a removed record back.
    pub fn vacate(&mut self, bytes: u64) {
        self.used_bytes = self.used_bytes.saturating_sub(bytes);
    }

    /// Pays for a record that stays for good.
    pub fn leave_behind(&mut self, bytes: u64) {
        self.near = self.near.saturating_sub(price_of(bytes));
    }
}

impl Contract {
    /// The account's record. Ends the call if it has none.
    pub(crate) fn account(&self, account_id: &AccountId) -> Account {
        ACCOUNTS
            .get(account_id)
            .unwrap_or_else(|| fail("ERR_NOT_REGISTERED: the account has no storage here; call storage_deposit first"))
    }

    /// Adds to an account's balance; an account that has left gives it to the treasury.
    pub(crate) fn credit(&mut self, account_id: &AccountId, amount: u128) {
        let (id, mut account) = match ACCOUNTS.get(account_id) {
            Some(account) => (account_id.clone(), account),
            None => (self.config.treasury.clone(), ACCOUNTS.get(&self.config.treasury).unwrap_or_default()),
        };
        account.balance += amount;
        self.funds.balances += amount;
        ACCOUNTS.put(&id, &account);
    }
}
