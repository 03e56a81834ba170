//! What the owner sets. It changes only while no batch is open, so that no promise changes under anybody's feet.

use crate::events::emit;
use crate::tables::ACCOUNTS;
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use near_sdk::{AccountId, near};

/// 90 days: the longest that a setting may make anybody wait.
pub const LONGEST_WAIT_MS: u64 = 90 * 24 * 3_600_000;
/// 100 % in basis points.
pub const WHOLE_BPS: u16 = 10_000;

/// Settings. Amounts in yocto, times in milliseconds, shares in basis points (1/10,000).
#[near(serializers = [json, borsh])]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// The token contract: the only one whose transfers count.
    pub token: AccountId,
    /// Earns the fees and what is slashed.
    pub treasury: AccountId,
    /// Posts batches.
    pub settler: AccountId,
    /// Gives verdicts on nodes.
    pub arbiter: AccountId,
    /// Least stake of a node that may take tasks.
    pub min_stake: U128,
    /// Least bond with which the settler may post.
    pub min_bond: U128,
    /// What a proven challenge takes of the bond for the challenger.
    pub challenge_bounty: U128,
    /// From `unstake` to `withdraw_stake`.
    pub cooldown_ms: u64,
    /// From `post_batch` to `finalize_batch`.
    pub challenge_ms: u64,
    /// A withdrawal needs a final batch posted at least this long after its request: time for running tasks to end.
    pub notice_ms: u64,
    /// Without a final batch for this long, withdrawals are paid against the last one.
    pub exit_ms: u64,
    /// In which an operator may appeal against a verdict.
    pub appeal_ms: u64,
    /// In which the owner must resolve an appeal; afterwards the verdict lapses.
    pub resolve_ms: u64,
    /// How long an operator has for a direct task.
    pub lease_ms: u64,
    /// How long a completed direct task is kept if its requester does not remove it.
    pub task_keep_ms: u64,
    /// How long a final batch is kept at least.
    pub batch_keep_ms: u64,
    /// From `announce_upgrade` to `upgrade`; can only be raised.
    pub upgrade_delay_ms: u64,
    /// Fee on direct tasks, on top of the reward.
    pub fee_bps: u16,
    /// Part of stake lost for two signed outputs of one attempt.
    pub equivocation_bps: u16,
    /// Part of a slash that goes to whoever reported it.
    pub reporter_bps: u16,
}

impl Config {
    /// Ends the call unless the settings make sense.
    pub fn check(&self) {
        let waits = [
            self.cooldown_ms,
            self.challenge_ms,
            self.notice_ms,
            self.exit_ms,
            self.appeal_ms,
            self.resolve_ms,
            self.lease_ms,
            self.upgrade_delay_ms,
        ];
        ensure!(waits.iter().all(|&ms| ms <= LONGEST_WAIT_MS), "ERR_CONFIG: a wait is longer than 90 days");
        ensure!(
            self.exit_ms >= self.challenge_ms.saturating_mul(2) && self.exit_ms >= self.notice_ms,
            "ERR_CONFIG: exit_ms must be at least twice challenge_ms, and at least notice_ms"
        );
        ensure!(self.batch_keep_ms >= self.challenge_ms, "ERR_CONFIG: batch_keep_ms must be at least challenge_ms");
        ensure!(self.lease_ms > 0, "ERR_CONFIG: lease_ms must be above zero");
        ensure!(
            self.min_stake.0 > 0 && self.min_bond.0 >= self.challenge_bounty.0,
            "ERR_CONFIG: min_stake must be above zero and min_bond cover challenge_bounty"
        );
        ensure!(
            [self.fee_bps, self.equivocation_bps, self.reporter_bps].iter().all(|&bps| bps <= WHOLE_BPS),
            "ERR_CONFIG: a share is above 10000 basis points"
        );
    }
}

/// `share` basis points of an amount, rounded down, without overflow.
pub fn share_of(amount: u128, share: u16) -> u128 {
    let (share, whole) = (u128::from(share), u128::from(WHOLE_BPS));
    amount / whole * share + amount % whole * share / whole
}

#[near]
impl Contract {
    /// Replaces the settings. Owner; only while no batch is open. A new settler's predecessor gets the bond as its balance.
    pub fn set_config(&mut self, config: Config) {
        self.must_be_owner();
        self.must_have_no_open_batch();
        config.check();
        ensure!(config.token == self.config.token, "ERR_CONFIG: the token cannot change");
        ensure!(config.upgrade_delay_ms >= self.config.upgrade_delay_ms, "ERR_CONFIG: upgrade_delay_ms can only be raised");
        ensure!(ACCOUNTS.has(&config.treasury), "ERR_NOT_REGISTERED: the treasury must call storage_deposit first");
        if config.settler != self.config.settler {
            self.change_settler(&config.settler);
        }
        self.config = config;
        emit("config_changed", json!({ "config": self.config }));
    }

    /// The settings.
    pub fn get_config(&self) -> Config {
        self.config.clone()
    }
}
