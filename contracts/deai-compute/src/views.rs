//! Views: the records as JSON. Amounts are decimal strings in yocto, times milliseconds since 1970.

use crate::admin::Upgrade;
use crate::batches::{Batch, BatchStatus};
use crate::codec::{Hash, NodeKey};
use crate::leaves::WorkReceipt;
use crate::merkle::{Item, Step, SumNode};
use crate::nodes::{Node, NodeId, NodeStatus};
use crate::slash::{Slash, SlashStatus};
use crate::tables::{ACCOUNTS, BATCHES, NODE_INDEX, NODES, SLASHES, TASKS};
use crate::tasks::{Task, TaskStatus};
use crate::{Contract, ContractExt};
use near_sdk::json_types::U128;
use near_sdk::{AccountId, near};

/// Most entries of a page.
pub const PAGE: u64 = 100;

/// A node.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct NodeView {
    /// Its operator.
    pub account_id: AccountId,
    /// Its key.
    pub node_key: NodeKey,
    /// At stake and not asked back.
    pub stake: U128,
    /// Asked back.
    pub unstaking: U128,
    /// Claimed by open verdicts.
    pub locked: U128,
    /// When `unstaking` may leave.
    pub unlock_at_ms: u64,
    /// When it was registered.
    pub registered_at_ms: u64,
    /// When it last changed its status.
    pub heartbeat_at_ms: u64,
    /// What it said then.
    pub status: NodeStatus,
    /// Whether it may take tasks: active, with `min_stake`.
    pub eligible: bool,
}

/// A batch.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct BatchView {
    /// Its number.
    pub number: u64,
    /// Root of the receipts.
    pub receipts: SumNode,
    /// Root of the cumulative rewards.
    pub rewards: SumNode,
    /// Root of the cumulative charges.
    pub charges: SumNode,
    /// When it was posted.
    pub posted_at_ms: u64,
    /// When it may become final.
    pub final_from_ms: u64,
    /// The batch that it builds on.
    pub previous: u64,
    /// Where it stands.
    pub status: BatchStatus,
}

/// A direct task.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct TaskView {
    /// Its number.
    pub task_id: u64,
    /// Who pays.
    pub requester: AccountId,
    /// Kind of work.
    pub kind: String,
    /// Model.
    pub model: String,
    /// SHA-256 of the input.
    pub input_hash: Hash,
    /// Where the input is.
    pub input_uri: String,
    /// Yocto to the operator.
    pub reward: U128,
    /// Yocto to the treasury.
    pub fee: U128,
    /// After this time nobody may accept it.
    pub deadline_ms: u64,
    /// The only operator who may accept it.
    pub reserved_for: Option<AccountId>,
    /// State.
    pub status: TaskStatus,
    /// Who has the lease, or completed it.
    pub operator: Option<AccountId>,
    /// The end of the lease; when it was completed, once it is.
    pub until_ms: u64,
    /// Leases so far.
    pub attempts: u16,
    /// SHA-256 of the output.
    pub output_hash: Option<Hash>,
    /// Where the output is.
    pub output_uri: String,
}

/// Escrow of an account, and its free balance.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct EscrowView {
    /// Deposited and not withdrawn; charges are in the charges tree.
    pub escrow: U128,
    /// Free tokens, for direct tasks and from them.
    pub balance: U128,
    /// On the way out.
    pub in_flight: U128,
    /// Claimed rewards.
    pub claimed: U128,
    /// What the account asked to withdraw.
    pub request_amount: Option<U128>,
    /// When.
    pub request_at_ms: Option<u64>,
}

/// A slash.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct SlashView {
    /// Its number.
    pub slash_id: u64,
    /// The node's operator.
    pub account_id: AccountId,
    /// The node's key.
    pub node_key: NodeKey,
    /// To be taken, or taken once executed.
    pub amount: U128,
    /// Hash of the evidence.
    pub evidence_hash: Hash,
    /// Who reported it.
    pub reporter: Option<AccountId>,
    /// Where it stands.
    pub status: SlashStatus,
    /// End of the appeal window; of the time to resolve, once appealed.
    pub until_ms: u64,
    /// Hash of the operator's statement.
    pub statement_hash: Option<Hash>,
}

/// Where the contract as a whole stands.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct Stats {
    /// Layout of the state.
    pub version: u8,
    /// The owner.
    pub owner: AccountId,
    /// Whom the owner proposed.
    pub proposed_owner: Option<AccountId>,
    /// Whether it is paused.
    pub paused: bool,
    /// Announced upgrade.
    pub upgrade: Option<Upgrade>,
    /// Registered nodes.
    pub nodes: u32,
    /// Direct tasks that are pending or in progress.
    pub open_tasks: u64,
    /// The next direct task's number.
    pub next_task: u64,
    /// The next slash's number.
    pub next_slash: u64,
    /// The last batch posted; the next is one more.
    pub posted: u64,
    /// The last posted batch that stands.
    pub head: u64,
    /// The last final batch.
    pub last_final: u64,
    /// When that became final.
    pub last_final_at_ms: u64,
    /// Batches that have a record.
    pub batch_records: u64,
}

/// What the contract says about a work receipt.
#[near(serializers = [json])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Included, signed, and the batch stands.
    pub valid: bool,
    /// Whether the path leads to the posted root.
    pub included: bool,
    /// Whether the node's signature verifies.
    pub signed: bool,
    /// Where the batch stands; null if there is none, or it was pruned.
    pub batch_status: Option<BatchStatus>,
}

impl Contract {
    fn node_view(&self, id: NodeId, node: Node) -> NodeView {
        NodeView {
            eligible: node.status == NodeStatus::Active && node.stake >= self.config.min_stake.0,
            account_id: id.0,
            node_key: id.1,
            stake: node.stake.into(),
            unstaking: node.unstaking.into(),
            locked: node.locked.into(),
            unlock_at_ms: node.unlock_at_ms,
            registered_at_ms: node.registered_at_ms,
            heartbeat_at_ms: node.heartbeat_at_ms,
            status: node.status,
        }
    }

    fn batch_view(&self, number: u64, batch: Batch) -> BatchView {
        BatchView {
            number,
            status: self.status_of(number, &batch),
            final_from_ms: batch.posted_at_ms + self.config.challenge_ms,
            receipts: batch.receipts,
            rewards: batch.rewards,
            charges: batch.charges,
            posted_at_ms: batch.posted_at_ms,
            previous: batch.previous,
        }
    }
}

fn task_view(task_id: u64, task: Task) -> TaskView {
    TaskView {
        task_id,
        requester: task.requester,
        kind: task.kind,
        model: task.model,
        input_hash: task.input_hash,
        input_uri: task.input_uri,
        reward: task.reward.into(),
        fee: task.fee.into(),
        deadline_ms: task.deadline_ms,
        reserved_for: task.reserved_for,
        status: task.status,
        operator: task.operator,
        until_ms: task.until_ms,
        attempts: task.attempts,
        output_hash: task.output_hash,
        output_uri: task.output_uri,
    }
}

fn slash_view(slash_id: u64, slash: Slash) -> SlashView {
    SlashView {
        slash_id,
        account_id: slash.node.0,
        node_key: slash.node.1,
        amount: slash.amount.into(),
        evidence_hash: slash.evidence_hash,
        reporter: slash.reporter,
        status: slash.status,
        until_ms: slash.until_ms,
        statement_hash: slash.statement_hash,
    }
}

#[near]
impl Contract {
    /// A node by operator and key; null if there is none.
    pub fn get_node(&self, account_id: AccountId, node_key: NodeKey) -> Option<NodeView> {
        let id = (account_id, node_key);
        NODES.get(&id).map(|node| self.node_view(id, node))
    }

    /// Nodes from a number on, at most 100. Numbers move when a node leaves.
    pub fn get_nodes(&self, from_index: u64, limit: u64) -> Vec<NodeView> {
        (from_index..u64::from(self.nodes).min(from_index.saturating_add(limit.min(PAGE))))
            .filter_map(|index| NODE_INDEX.get(&(index as u32)))
            .filter_map(|id| NODES.get(&id).map(|node| self.node_view(id, node)))
            .collect()
    }

    /// A batch; null if there is none, or it was pruned.
    pub fn get_batch(&self, number: u64) -> Option<BatchView> {
        BATCHES.get(&number).map(|batch| self.batch_view(number, batch))
    }

    /// The newest batches, newest first, at most 100.
    pub fn latest_batches(&self, limit: u64) -> Vec<BatchView> {
        let posted = self.progress.posted;
        let oldest = posted.saturating_sub(limit.min(PAGE));
        (oldest..posted)
            .rev()
            .filter_map(|index| BATCHES.get(&(index + 1)).map(|batch| self.batch_view(index + 1, batch)))
            .collect()
    }

    /// A direct task; null if there is none, or it was removed.
    pub fn get_task(&self, task_id: u64) -> Option<TaskView> {
        TASKS.get(&task_id).map(|task| task_view(task_id, task))
    }

    /// Direct tasks that exist among the `limit` numbers from `from_id` on, at most 100.
    pub fn get_tasks(&self, from_id: u64, limit: u64) -> Vec<TaskView> {
        (from_id..self.next_task.min(from_id.saturating_add(limit.min(PAGE))))
            .filter_map(|id| TASKS.get(&id).map(|task| task_view(id, task)))
            .collect()
    }

    /// Escrow and balance of an account; null if it is not registered.
    pub fn escrow_of(&self, account_id: AccountId) -> Option<EscrowView> {
        ACCOUNTS.get(&account_id).map(|account| EscrowView {
            escrow: account.escrow.into(),
            balance: account.balance.into(),
            in_flight: account.in_flight.into(),
            claimed: account.claimed.into(),
            request_amount: account.request.as_ref().map(|request| request.amount.into()),
            request_at_ms: account.request.as_ref().map(|request| request.at_ms),
        })
    }

    /// A slash; null if there is none.
    pub fn get_slash(&self, slash_id: u64) -> Option<SlashView> {
        SLASHES.get(&slash_id).map(|slash| slash_view(slash_id, slash))
    }

    /// Slashes from a number on (the first is 1), at most 100.
    pub fn slashes(&self, from_id: u64, limit: u64) -> Vec<SlashView> {
        (from_id..self.next_slash.min(from_id.saturating_add(limit.min(PAGE))))
            .filter_map(|id| SLASHES.get(&id).map(|slash| slash_view(id, slash)))
            .collect()
    }

    /// Where the contract as a whole stands.
    pub fn stats(&self) -> Stats {
        Stats {
            version: self.version,
            owner: self.owner.clone(),
            proposed_owner: self.proposed_owner.clone(),
            paused: self.paused,
            upgrade: self.upgrade.clone(),
            nodes: self.nodes,
            open_tasks: self.open_tasks,
            next_task: self.next_task,
            next_slash: self.next_slash,
            posted: self.progress.posted,
            head: self.progress.head,
            last_final: self.progress.last_final,
            last_final_at_ms: self.progress.last_final_at_ms,
            batch_records: self.progress.records,
        }
    }

    /// Checks a work receipt against a batch: inclusion, signature, and where the batch stands.
    pub fn verify_task(&self, number: u64, receipt: WorkReceipt, proof: Vec<Step>) -> Verdict {
        let batch = BATCHES.get(&number);
        let signed = receipt.is_signed();
        let item = Item { leaf: receipt, proof };
        let included = batch.as_ref().is_some_and(|batch| item.is_in(&batch.receipts));
        let batch_status = batch.map(|batch| self.status_of(number, &batch));
        let stands = batch_status.is_some_and(|status| status != BatchStatus::Rejected);
        Verdict { valid: included && signed && stands, included, signed, batch_status }
    }
}
