//! Nodes: registered with a stake, by operator and node key. A key that somebody else registers too is another record, so nobody
//! can take a key away; who signed with it decides whose stake is at risk.

use crate::accounts::Account;
use crate::codec::NodeKey;
use crate::events::{emit, fail, must_attach_one_yocto, now_ms};
use crate::payout::Source;
use crate::storage::{NODE_BYTES, NODE_CHANGE_BYTES};
use crate::tables::{ACCOUNTS, NODE_INDEX, NODES};
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use near_sdk::{AccountId, PromiseOrValue, env, near};

/// Operator and node key.
pub type NodeId = (AccountId, NodeKey);

/// Whether a node wants work.
#[near(serializers = [json, borsh])]
#[serde(rename_all = "snake_case")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeStatus {
    /// Takes tasks.
    Active,
    /// Finishes what it has.
    Draining,
    /// Takes none.
    Paused,
}

/// A registered node. Amounts in yocto.
#[near(serializers = [borsh])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// At stake and not asked back.
    pub stake: u128,
    /// Asked back: leaves after the cool-down, and can be slashed until then.
    pub unstaking: u128,
    /// Claimed by verdicts that are not executed yet: of stake and unstaking together, this much stays.
    pub locked: u128,
    /// When `unstaking` may leave.
    pub unlock_at_ms: u64,
    /// When the node was registered.
    pub registered_at_ms: u64,
    /// When it last changed its status.
    pub heartbeat_at_ms: u64,
    /// What it said then.
    pub status: NodeStatus,
    /// Verdicts not executed yet.
    pub open_slashes: u16,
    /// Its number for paging; changes when another node leaves.
    pub index: u32,
}

impl Node {
    /// All that can be slashed.
    pub fn at_risk(&self) -> u128 {
        self.stake + self.unstaking
    }

    /// Takes up to `amount`, of the stake first; returns what was taken.
    pub fn take(&mut self, amount: u128) -> u128 {
        let of_stake = amount.min(self.stake);
        let of_unstaking = (amount - of_stake).min(self.unstaking);
        self.stake -= of_stake;
        self.unstaking -= of_unstaking;
        of_stake + of_unstaking
    }
}

impl Contract {
    /// A node. Ends the call if there is none.
    pub(crate) fn node(&self, id: &NodeId) -> Node {
        NODES.get(id).unwrap_or_else(|| fail("ERR_NO_NODE: this account has no node with this key"))
    }

    pub(crate) fn register_node(&mut self, operator: AccountId, node_key: NodeKey, amount: u128) {
        ensure!(amount >= self.config.min_stake.0, "ERR_STAKE: below min_stake");
        let id = (operator, node_key);
        ensure!(!NODES.has(&id), "ERR_NODE_EXISTS: registered already; use add_stake");
        let mut account = self.account(&id.0);
        account.occupy(NODE_BYTES);
        ACCOUNTS.put(&id.0, &account);
        let now = now_ms();
        let node = Node {
            stake: amount,
            unstaking: 0,
            locked: 0,
            unlock_at_ms: 0,
            registered_at_ms: now,
            heartbeat_at_ms: now,
            status: NodeStatus::Active,
            open_slashes: 0,
            index: self.nodes,
        };
        NODES.put(&id, &node);
        self.note_node(&id);
        NODE_INDEX.put(&self.nodes, &id);
        self.nodes += 1;
        self.funds.stakes += amount;
        emit("node_registered", json!({ "account_id": id.0, "node_key": node_key, "stake": U128(amount) }));
    }

    pub(crate) fn add_stake(&mut self, operator: AccountId, node_key: NodeKey, amount: u128) {
        let id = (operator, node_key);
        let mut node = self.node(&id);
        node.stake += amount;
        self.funds.stakes += amount;
        NODES.put(&id, &node);
        self.note_node(&id);
        emit(
            "stake_added",
            json!({ "account_id": id.0, "node_key": node_key, "amount": U128(amount), "stake": U128(node.stake) }),
        );
    }

    /// Removes the node, and its claim on storage but for its entry in the change log, which goes on saying that it has no stake.
    /// Only if nothing is left in it. The account's record is the caller's to write.
    pub(crate) fn remove_if_empty(&mut self, id: &NodeId, account: &mut Account) -> bool {
        let Some(node) = NODES.get(id) else { return false };
        if node.at_risk() > 0 || node.open_slashes > 0 {
            return false;
        }
        self.nodes -= 1;
        if let (true, Some(last)) = (node.index != self.nodes, NODE_INDEX.get(&self.nodes)) {
            if let Some(mut moved) = NODES.get(&last) {
                moved.index = node.index;
                NODES.put(&last, &moved);
            }
            NODE_INDEX.put(&node.index, &last);
        }
        NODE_INDEX.remove(&self.nodes);
        NODES.remove(id);
        account.vacate(NODE_BYTES);
        account.leave_behind(NODE_CHANGE_BYTES);
        emit("node_removed", json!({ "account_id": id.0, "node_key": id.1 }));
        true
    }
}

#[near]
impl Contract {
    /// Says that the node takes work, drains, or takes none. Its operator; not each heartbeat belongs on chain, a change does.
    pub fn heartbeat(&mut self, node_key: NodeKey, status: NodeStatus) {
        let id = (env::predecessor_account_id(), node_key);
        let mut node = self.node(&id);
        let changed = node.status != status;
        node.status = status;
        node.heartbeat_at_ms = now_ms();
        NODES.put(&id, &node);
        if changed {
            self.note_node(&id);
        }
        emit("heartbeat", json!({ "account_id": id.0, "node_key": node_key, "status": status }));
    }

    /// Asks stake back: all of it, or `amount`. What stays must be `min_stake` or nothing. The cool-down starts anew for all
    /// that is being unstaked. One yocto.
    #[payable]
    pub fn unstake(&mut self, node_key: NodeKey, amount: Option<U128>) {
        must_attach_one_yocto();
        let id = (env::predecessor_account_id(), node_key);
        let mut node = self.node(&id);
        let amount = amount.map_or(node.stake, |amount| amount.0);
        ensure!(amount > 0 && amount <= node.stake, "ERR_STAKE: not an amount between zero and the stake");
        node.stake -= amount;
        ensure!(node.stake == 0 || node.stake >= self.config.min_stake.0, "ERR_STAKE: leave min_stake, or unstake everything");
        node.unstaking += amount;
        node.unlock_at_ms = now_ms() + self.config.cooldown_ms;
        NODES.put(&id, &node);
        self.note_node(&id);
        emit(
            "unstaked",
            json!({
                "account_id": id.0, "node_key": node_key, "amount": U128(amount),
                "stake": U128(node.stake), "unlock_at_ms": node.unlock_at_ms,
            }),
        );
    }

    /// Pays what was unstaked, after the cool-down, less what open verdicts lock. A node without stake is removed and its
    /// storage is given back. One yocto.
    #[payable]
    pub fn withdraw_stake(&mut self, node_key: NodeKey) -> PromiseOrValue<U128> {
        must_attach_one_yocto();
        let id = (env::predecessor_account_id(), node_key);
        let mut node = self.node(&id);
        let mut account = self.account(&id.0);
        Self::must_be_idle(&account);
        if self.remove_if_empty(&id, &mut account) {
            ACCOUNTS.put(&id.0, &account);
            return PromiseOrValue::Value(U128(0));
        }
        ensure!(now_ms() >= node.unlock_at_ms, "ERR_COOLDOWN: the cool-down has not ended; see unlock_at_ms");
        let amount = node.unstaking.min(node.at_risk().saturating_sub(node.locked));
        node.unstaking -= amount;
        self.funds.stakes -= amount;
        NODES.put(&id, &node);
        self.note_node(&id);
        self.pay(id.0, &mut account, amount, Source::Stake { node_key }).into()
    }
}
