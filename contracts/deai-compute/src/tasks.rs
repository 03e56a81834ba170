//! Direct tasks: for work of high value, at a node's own call. Paid from balances, never from escrow, so that they cannot spend
//! what batches have charged already.

use crate::codec::Hash;
use crate::config::share_of;
use crate::events::{emit, fail, now_ms};
use crate::storage::{TASK_BYTES, must_fit};
use crate::tables::{ACCOUNTS, TASKS};
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use near_sdk::{AccountId, env, near};

/// Longest text of a kind and of a model, in bytes.
pub const NAME_BYTES: usize = 128;
/// Longest place of an input or output, in bytes.
pub const URI_BYTES: usize = 256;

/// State of a direct task. Cancelled and failed tasks have no record.
#[near(serializers = [json, borsh])]
#[serde(rename_all = "snake_case")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskStatus {
    /// Waits for an operator.
    Pending,
    /// An operator has a lease.
    InProgress,
    /// Done and paid.
    Completed,
}

/// What a requester submits.
#[near(serializers = [json])]
#[serde(deny_unknown_fields)]
#[derive(Clone, Debug)]
pub struct TaskOrder {
    /// Kind of work.
    pub kind: String,
    /// Model; empty where the kind has none.
    pub model: String,
    /// SHA-256 of the input.
    pub input_hash: Hash,
    /// Where the input is.
    pub input_uri: String,
    /// Yocto to the operator.
    pub reward: U128,
    /// After this time nobody may accept it, milliseconds since 1970.
    pub deadline_ms: u64,
    /// The only operator who may accept it; anybody's if absent.
    pub operator: Option<AccountId>,
}

/// A direct task.
#[near(serializers = [borsh])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
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
    pub reward: u128,
    /// Yocto to the treasury.
    pub fee: u128,
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

impl Task {
    /// Bytes of storage that the requester provides: fixed parts, the submitted texts, and room for the output's place.
    pub fn bytes(&self) -> u64 {
        TASK_BYTES + (self.kind.len() + self.model.len() + self.input_uri.len() + URI_BYTES) as u64
    }
}

impl Contract {
    /// A task. Ends the call if there is none.
    pub(crate) fn task(&self, task_id: u64) -> Task {
        TASKS.get(&task_id).unwrap_or_else(|| fail("ERR_NO_TASK: there is no such task, or it has ended and was removed"))
    }

    /// Removes a task; `refund` of what it held returns to the requester's balance, with its storage.
    pub(crate) fn remove_task(&mut self, task_id: u64, task: &Task, refund: u128) {
        TASKS.remove(&task_id);
        self.funds.tasks -= refund;
        self.funds.balances += refund;
        if let Some(mut account) = ACCOUNTS.get(&task.requester) {
            account.balance += refund;
            account.vacate(task.bytes());
            ACCOUNTS.put(&task.requester, &account);
        }
    }
}

#[near]
impl Contract {
    /// Submits a task: holds reward and fee from the caller's balance, and takes storage for it from the caller's NEAR; attached
    /// NEAR is added to that first. Returns the task's number.
    #[payable]
    pub fn submit_task(&mut self, order: TaskOrder) -> u64 {
        self.must_run();
        must_fit(&order.kind, NAME_BYTES);
        must_fit(&order.model, NAME_BYTES);
        must_fit(&order.input_uri, URI_BYTES);
        ensure!(order.reward.0 > 0, "ERR_REWARD: the reward must be above zero");
        ensure!(order.deadline_ms > now_ms(), "ERR_DEADLINE: the deadline has passed");
        let requester = env::predecessor_account_id();
        let mut account = self.account(&requester);
        let fee = share_of(order.reward.0, self.config.fee_bps);
        let task = Task {
            requester,
            kind: order.kind,
            model: order.model,
            input_hash: order.input_hash,
            input_uri: order.input_uri,
            reward: order.reward.0,
            fee,
            deadline_ms: order.deadline_ms,
            reserved_for: order.operator,
            status: TaskStatus::Pending,
            operator: None,
            until_ms: 0,
            attempts: 0,
            output_hash: None,
            output_uri: String::new(),
        };
        let hold = task.reward.saturating_add(fee);
        ensure!(
            hold <= account.balance,
            "ERR_BALANCE: the balance does not cover reward and fee; send tokens with {\"balance\":{}}"
        );
        account.near += env::attached_deposit().as_yoctonear();
        account.occupy(task.bytes());
        account.balance -= hold;
        self.funds.balances -= hold;
        self.funds.tasks += hold;
        ACCOUNTS.put(&task.requester, &account);
        let task_id = self.next_task;
        TASKS.put(&task_id, &task);
        self.next_task += 1;
        self.open_tasks += 1;
        emit(
            "task_submitted",
            json!({
                "task_id": task_id, "requester": task.requester, "kind": task.kind, "model": task.model,
                "input_hash": task.input_hash, "input_uri": task.input_uri, "reward": U128(task.reward),
                "fee": U128(fee), "deadline_ms": task.deadline_ms, "operator": task.reserved_for,
            }),
        );
        task_id
    }

    /// Takes a pending task back: what it held returns to the balance. Its requester.
    pub fn cancel_task(&mut self, task_id: u64) {
        let task = self.task(task_id);
        ensure!(env::predecessor_account_id() == task.requester, "ERR_REQUESTER: only the task's requester may call this");
        ensure!(task.status == TaskStatus::Pending, "ERR_STATUS: only a pending task can be cancelled");
        self.open_tasks -= 1;
        self.remove_task(task_id, &task, task.reward + task.fee);
        emit("task_cancelled", json!({ "task_id": task_id }));
    }
}
