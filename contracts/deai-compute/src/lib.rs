//! Stake, escrow, direct tasks and settlement of the DeAI network. `contracts/README.md` lists the functions, the shapes in
//! JSON and the threat model; ADR 9 has the reasons.
//!
//! Every token that came in is in exactly one of [`funds::Funds`]' parts until it leaves; each function moves it from one
//! part to another. Records are single entries in storage ([`tables`]); the state itself has a fixed size.

use near_sdk::{AccountId, PanicOnDefault, env, near};

pub mod accounts;
pub mod admin;
pub mod batches;
pub mod challenge;
pub mod changes;
pub mod claims;
pub mod codec;
pub mod config;
pub mod escrow;
pub mod events;
pub mod funds;
pub mod inflow;
pub mod leaves;
pub mod merkle;
pub mod migrate;
pub mod nodes;
pub mod numbers;
pub mod payout;
pub mod settler;
pub mod slash;
pub mod storage;
pub mod tables;
pub mod task_flow;
pub mod tasks;
#[cfg(test)]
mod tests;
pub mod views;

use admin::Upgrade;
use batches::Progress;
use config::Config;
use funds::Funds;

/// Layout of the state, its first byte in storage.
pub const STATE_VERSION: u8 = 2;

/// The contract's state: of fixed size, so that a call's cost does not grow with what is stored.
#[near(
    contract_state,
    contract_metadata(standard(standard = "nep145", version = "1.0.0"), standard(standard = "nep297", version = "1.0.0"),)
)]
#[derive(PanicOnDefault)]
pub struct Contract {
    pub(crate) version: u8,
    pub(crate) config: Config,
    pub(crate) owner: AccountId,
    pub(crate) proposed_owner: Option<AccountId>,
    pub(crate) paused: bool,
    pub(crate) funds: Funds,
    pub(crate) progress: Progress,
    pub(crate) nodes: u32,
    pub(crate) next_task: u64,
    pub(crate) open_tasks: u64,
    pub(crate) next_slash: u64,
    pub(crate) last_change: u64,
    pub(crate) upgrade: Option<Upgrade>,
}

#[near]
impl Contract {
    /// Starts the contract. The treasury is registered at the contract's cost; everybody else calls `storage_deposit`.
    #[init]
    pub fn new(owner_id: AccountId, config: Config) -> Self {
        config.check();
        tables::ACCOUNTS.put(&config.treasury, &accounts::Account::default());
        Self {
            version: STATE_VERSION,
            config,
            owner: owner_id,
            proposed_owner: None,
            paused: false,
            funds: Funds::default(),
            progress: Progress::default(),
            nodes: 0,
            next_task: 1,
            open_tasks: 0,
            next_slash: 1,
            last_change: 0,
            upgrade: None,
        }
    }
}

impl Contract {
    /// Ends the call while the contract is paused.
    pub(crate) fn must_run(&self) {
        ensure!(!self.paused, "ERR_PAUSED: no new funds, batches or tasks while paused; exits and claims go on");
    }

    /// Ends the call unless the owner made it.
    pub(crate) fn must_be_owner(&self) {
        ensure!(env::predecessor_account_id() == self.owner, "ERR_OWNER: only the owner may call this");
    }
}
