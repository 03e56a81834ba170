//! The owner: pause, handing over in two steps, upgrades that are announced first.

use crate::codec::Hash;
use crate::events::{emit, fail, now_ms};
use crate::{Contract, ContractExt, ensure};
use near_sdk::serde_json::json;
use near_sdk::{AccountId, Gas, NearToken, Promise, env, near};

/// Gas for `migrate` after a deployment.
const GAS_MIGRATE: Gas = Gas::from_tgas(30);

/// An announced upgrade.
#[near(serializers = [json, borsh])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// SHA-256 of the new code.
    pub code_hash: Hash,
    /// From when on it may be deployed.
    pub ready_at_ms: u64,
}

#[near]
impl Contract {
    /// Stops inflows, posting and direct tasks. Exits, claims, challenges and finality go on. The owner.
    pub fn pause(&mut self) {
        self.must_be_owner();
        ensure!(!self.paused, "ERR_PAUSED: paused already");
        self.paused = true;
        emit("paused", json!({}));
    }

    /// Ends the pause. The owner.
    pub fn unpause(&mut self) {
        self.must_be_owner();
        ensure!(self.paused, "ERR_NOT_PAUSED: there is no pause");
        self.paused = false;
        emit("unpaused", json!({}));
    }

    /// Offers the contract to another owner, who must accept; null takes the offer back. The owner.
    pub fn propose_owner(&mut self, account_id: Option<AccountId>) {
        self.must_be_owner();
        self.proposed_owner = account_id;
        emit("owner_proposed", json!({ "account_id": self.proposed_owner }));
    }

    /// Accepts the contract. Whom the owner proposed.
    pub fn accept_owner(&mut self) {
        let caller = env::predecessor_account_id();
        ensure!(self.proposed_owner.as_ref() == Some(&caller), "ERR_OWNER: the owner has not proposed you");
        let old = std::mem::replace(&mut self.owner, caller);
        self.proposed_owner = None;
        emit("owner_changed", json!({ "old": old, "new": self.owner }));
    }

    /// Announces new code by its SHA-256; null takes the announcement back. Whoever dislikes it has `upgrade_delay_ms` to leave.
    /// The owner.
    pub fn announce_upgrade(&mut self, code_hash: Option<Hash>) {
        self.must_be_owner();
        let ready_at_ms = now_ms() + self.config.upgrade_delay_ms;
        self.upgrade = code_hash.map(|code_hash| Upgrade { code_hash, ready_at_ms });
        emit("upgrade_announced", json!({ "upgrade": self.upgrade }));
    }

    /// Deploys the announced code, which is the call's whole input, and migrates the state; if that fails, nothing changes.
    /// The owner.
    pub fn upgrade(&mut self) -> Promise {
        self.must_be_owner();
        let Some(announced) = self.upgrade.take() else { fail("ERR_UPGRADE: call announce_upgrade first") };
        ensure!(now_ms() >= announced.ready_at_ms, "ERR_UPGRADE: the announced time has not come");
        let code = env::input().unwrap_or_default();
        ensure!(Hash(env::sha256_array(&code)) == announced.code_hash, "ERR_UPGRADE: this is not the announced code");
        emit("upgraded", json!({ "code_hash": announced.code_hash }));
        Promise::new(env::current_account_id()).deploy_contract(code).function_call(
            "migrate".to_string(),
            Vec::new(),
            NearToken::from_yoctonear(0),
            GAS_MIGRATE,
        )
    }
}
