//! NEP-145: accounts pay for the records they cause, and get the NEAR back when those are removed.

use crate::accounts::Account;
use crate::changes::Subject;
use crate::events::{emit, fail, must_attach_one_yocto};
use crate::tables::{ACCOUNTS, ENTRY_OF};
use crate::{Contract, ContractExt, ensure};
use near_sdk::serde_json::json;
use near_sdk::{AccountId, NearToken, Promise, env, near};

/// Bytes of an account's entry in the change log at the longest account id: the entry (key 9, value 69, record 40), its number
/// (key 70, value 8, record 40), and a word of 256 numbers in which it is alone (key 10, value 32, record 40). The words above
/// are the contract's own cost: at most one in 65,536 changes, whose gas costs many times as much.
pub const ACCOUNT_CHANGE_BYTES: u64 = 318;
/// Bytes of a node's entry: 64 more, for key and value hold the node's key.
pub const NODE_CHANGE_BYTES: u64 = 382;
/// Bytes of an account at the longest account id: its record (key 69, value at most 113, entry 40) and its change.
pub const ACCOUNT_BYTES: u64 = 230 + ACCOUNT_CHANGE_BYTES;
/// Bytes of a node: its record (key 101, value 79, entry 40), its index (key 5, value 100, entry 40) and its change.
pub const NODE_BYTES: u64 = 366 + NODE_CHANGE_BYTES;
/// Bytes of a batch: key 9, value 192, entry 40.
pub const BATCH_BYTES: u64 = 249;
/// Bytes of a slash with its evidence: record (key 9, value at most 259, entry 40) and evidence (key 33, value 8, entry 40).
pub const SLASH_BYTES: u64 = 400;
/// Bytes of a direct task beside its texts: key 9, value at most 338, entry 40.
pub const TASK_BYTES: u64 = 400;

/// Storage of an account, in yocto NEAR.
#[near(serializers = [json])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageBalance {
    /// Deposited.
    pub total: NearToken,
    /// Not taken by records.
    pub available: NearToken,
}

/// Bounds of the deposit.
#[near(serializers = [json])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageBalanceBounds {
    /// What registration takes.
    pub min: NearToken,
    /// No limit: nodes, tasks and batches take more.
    pub max: Option<NearToken>,
}

/// Yocto NEAR for so many bytes.
pub fn price_of(bytes: u64) -> u128 {
    u128::from(bytes) * env::storage_byte_cost().as_yoctonear()
}

/// Yocto NEAR for the account's own record and `used_bytes` of others.
pub fn cost_of(used_bytes: u64) -> u128 {
    price_of(ACCOUNT_BYTES + used_bytes)
}

fn balance(account: &Account) -> StorageBalance {
    let available = account.near.saturating_sub(cost_of(account.used_bytes));
    StorageBalance { total: NearToken::from_yoctonear(account.near), available: NearToken::from_yoctonear(available) }
}

fn send_near(to: AccountId, yocto: u128) {
    if yocto > 0 {
        Promise::new(to).transfer(NearToken::from_yoctonear(yocto)).detach();
    }
}

#[near]
impl Contract {
    /// Registers an account (the caller's own, or another) or adds to its NEAR for storage. With `registration_only` the excess
    /// is returned.
    #[payable]
    pub fn storage_deposit(&mut self, account_id: Option<AccountId>, registration_only: Option<bool>) -> StorageBalance {
        let payer = env::predecessor_account_id();
        let id = account_id.unwrap_or_else(|| payer.clone());
        let known = ACCOUNTS.get(&id);
        let is_new = known.is_none();
        let mut account = known.unwrap_or_default();
        let attached = env::attached_deposit().as_yoctonear();
        let missing = cost_of(0).saturating_sub(account.near);
        ensure!(!is_new || attached >= missing, "ERR_STORAGE: attach at least storage_balance_bounds().min");
        let kept = match registration_only {
            Some(true) if is_new => missing,
            Some(true) => 0,
            _ => attached,
        };
        account.near += kept;
        send_near(payer, attached - kept);
        ACCOUNTS.put(&id, &account);
        emit("storage_deposited", json!({ "account_id": id, "near": kept.to_string(), "is_new": is_new }));
        balance(&account)
    }

    /// Returns NEAR that no record needs. One yocto.
    #[payable]
    pub fn storage_withdraw(&mut self, amount: Option<NearToken>) -> StorageBalance {
        must_attach_one_yocto();
        let id = env::predecessor_account_id();
        let mut account = self.account(&id);
        let available = balance(&account).available.as_yoctonear();
        let amount = amount.map_or(available, |amount| amount.as_yoctonear());
        ensure!(amount <= available, "ERR_STORAGE: more than is available");
        account.near -= amount;
        ACCOUNTS.put(&id, &account);
        emit("storage_withdrawn", json!({ "account_id": id, "near": amount.to_string() }));
        send_near(id, amount + 1);
        balance(&account)
    }

    /// Removes the caller's record and returns its NEAR; false if there is none. One yocto. Refused while anything is held for
    /// the account or counted against it: `claimed` must stay, or rewards could be claimed twice. There is no `force`. An account
    /// that ever deposited pays for its entry in the change log, which goes on saying that its escrow is gone.
    #[payable]
    pub fn storage_unregister(&mut self, force: Option<bool>) -> bool {
        must_attach_one_yocto();
        ensure!(force != Some(true), "ERR_STORAGE: withdraw everything first; there is no force");
        let id = env::predecessor_account_id();
        let Some(mut account) = ACCOUNTS.get(&id) else { return false };
        ensure!(id != self.config.treasury, "ERR_STORAGE: the treasury stays registered");
        ensure!(id != self.config.settler || self.funds.bond == 0, "ERR_STORAGE: call unbond first");
        let held = [account.escrow, account.claimed, account.balance, account.in_flight];
        ensure!(
            account.used_bytes == 0 && held.iter().all(|&amount| amount == 0),
            "ERR_STORAGE: the account still has nodes, tasks, escrow, balance or claims here"
        );
        ACCOUNTS.remove(&id);
        if ENTRY_OF.has(&Subject::Account(id.clone())) {
            account.leave_behind(ACCOUNT_CHANGE_BYTES);
        }
        emit("storage_unregistered", json!({ "account_id": id, "near": account.near.to_string() }));
        send_near(id, account.near + 1);
        true
    }

    /// What registration takes.
    pub fn storage_balance_bounds(&self) -> StorageBalanceBounds {
        StorageBalanceBounds { min: NearToken::from_yoctonear(cost_of(0)), max: None }
    }

    /// Storage of an account; null if it is not registered.
    pub fn storage_balance_of(&self, account_id: AccountId) -> Option<StorageBalance> {
        ACCOUNTS.get(&account_id).map(|account| balance(&account))
    }
}

/// Ends the call unless the text fits.
pub fn must_fit(text: &str, bytes: usize) {
    if text.len() > bytes {
        fail("ERR_TOO_LONG: a text is longer than the README allows");
    }
}
