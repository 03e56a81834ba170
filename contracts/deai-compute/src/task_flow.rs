//! What operators do with direct tasks, and what happens to those that nobody finishes.

use crate::codec::{Hash, NodeKey};
use crate::events::{emit, now_ms};
use crate::nodes::NodeStatus;
use crate::storage::must_fit;
use crate::tables::TASKS;
use crate::tasks::{Task, TaskStatus, URI_BYTES};
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use near_sdk::{env, near};

#[near]
impl Contract {
    /// Takes a pending task for `lease_ms`. The operator of an active node with `min_stake`.
    pub fn accept_task(&mut self, task_id: u64, node_key: NodeKey) {
        self.must_run();
        let operator = env::predecessor_account_id();
        let node = self.node(&(operator.clone(), node_key));
        ensure!(
            node.status == NodeStatus::Active && node.stake >= self.config.min_stake.0,
            "ERR_NODE: the node is not active or its stake is below min_stake"
        );
        let mut task = self.task(task_id);
        ensure!(task.status == TaskStatus::Pending, "ERR_STATUS: the task is not pending");
        ensure!(now_ms() < task.deadline_ms, "ERR_DEADLINE: the deadline has passed");
        ensure!(
            task.reserved_for.as_ref().is_none_or(|only| *only == operator),
            "ERR_RESERVED: the task is reserved for another operator"
        );
        task.status = TaskStatus::InProgress;
        task.until_ms = now_ms() + self.config.lease_ms;
        task.attempts = task.attempts.saturating_add(1);
        task.operator = Some(operator.clone());
        TASKS.put(&task_id, &task);
        emit(
            "task_accepted",
            json!({ "task_id": task_id, "operator": operator, "node_key": node_key, "until_ms": task.until_ms }),
        );
    }

    /// Hands the result in: the reward goes to the operator's balance, the fee to the treasury's. Whoever has the lease.
    pub fn submit_result(&mut self, task_id: u64, output_hash: Hash, output_uri: String) {
        must_fit(&output_uri, URI_BYTES);
        let operator = env::predecessor_account_id();
        let mut task = self.task(task_id);
        ensure!(
            task.status == TaskStatus::InProgress && task.operator.as_ref() == Some(&operator),
            "ERR_LEASE: you have no lease on this task"
        );
        ensure!(now_ms() < task.until_ms, "ERR_LEASE: the lease has ended");
        self.funds.tasks -= task.reward + task.fee;
        self.credit(&operator, task.reward);
        let treasury = self.config.treasury.clone();
        self.credit(&treasury, task.fee);
        task.status = TaskStatus::Completed;
        task.until_ms = now_ms();
        task.output_hash = Some(output_hash);
        task.output_uri = output_uri;
        TASKS.put(&task_id, &task);
        self.open_tasks -= 1;
        emit(
            "task_completed",
            json!({
                "task_id": task_id, "operator": operator, "output_hash": output_hash,
                "output_uri": task.output_uri, "reward": U128(task.reward), "fee": U128(task.fee),
            }),
        );
    }

    /// Ends what has run out. A lost lease returns the task to pending, or refunds it once its deadline has passed; a pending task
    /// past its deadline is refunded; a completed one is removed by its requester at once, by anybody after `task_keep_ms`.
    pub fn expire_task(&mut self, task_id: u64) {
        let mut task = self.task(task_id);
        let now = now_ms();
        match task.status {
            TaskStatus::Completed => self.forget(task_id, &task, now),
            TaskStatus::Pending => {
                ensure!(now >= task.deadline_ms, "ERR_NOT_DUE: the deadline has not passed");
                self.refund(task_id, &task);
            }
            TaskStatus::InProgress => {
                ensure!(now >= task.until_ms, "ERR_NOT_DUE: the lease has not ended");
                if now >= task.deadline_ms {
                    self.refund(task_id, &task);
                } else {
                    let lost_by = task.operator.take();
                    task.status = TaskStatus::Pending;
                    TASKS.put(&task_id, &task);
                    emit("task_returned", json!({ "task_id": task_id, "lost_by": lost_by }));
                }
            }
        }
    }
}

impl Contract {
    fn refund(&mut self, task_id: u64, task: &Task) {
        self.open_tasks -= 1;
        self.remove_task(task_id, task, task.reward + task.fee);
        emit("task_failed", json!({ "task_id": task_id, "refund": U128(task.reward + task.fee) }));
    }

    fn forget(&mut self, task_id: u64, task: &Task, now: u64) {
        let is_requester = env::predecessor_account_id() == task.requester;
        ensure!(
            is_requester || now >= task.until_ms.saturating_add(self.config.task_keep_ms),
            "ERR_NOT_DUE: only its requester may remove it before task_keep_ms"
        );
        self.remove_task(task_id, task, 0);
        emit("task_removed", json!({ "task_id": task_id }));
    }
}
