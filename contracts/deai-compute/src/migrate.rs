//! State of older layouts, brought to the present one. The first byte of the state is its version.

use crate::admin::Upgrade;
use crate::batches::Progress;
use crate::config::Config;
use crate::events::{emit, fail, must_be_self};
use crate::funds::Funds;
use crate::tables::{NODE_INDEX, TASKS};
use crate::tasks::TaskStatus;
use crate::{Contract, ContractExt, STATE_VERSION};
use near_sdk::borsh::BorshDeserialize;
use near_sdk::serde_json::json;
use near_sdk::{AccountId, env, near};

/// Settlement's progress in layout 1: without pruning, so without `oldest` and `records`.
#[near(serializers = [borsh])]
pub(crate) struct ProgressV1 {
    pub(crate) posted: u64,
    pub(crate) head: u64,
    pub(crate) last_final: u64,
    pub(crate) last_final_at_ms: u64,
    pub(crate) epoch: u32,
}

/// Layout 1: upgrades were not announced, open tasks not counted, batches not pruned, changes not logged.
#[near(serializers = [borsh])]
pub(crate) struct StateV1 {
    pub(crate) version: u8,
    pub(crate) config: Config,
    pub(crate) owner: AccountId,
    pub(crate) proposed_owner: Option<AccountId>,
    pub(crate) paused: bool,
    pub(crate) funds: Funds,
    pub(crate) progress: ProgressV1,
    pub(crate) nodes: u32,
    pub(crate) next_task: u64,
    pub(crate) next_slash: u64,
}

impl From<StateV1> for Contract {
    fn from(old: StateV1) -> Self {
        let open_tasks =
            (1..old.next_task).filter_map(|id| TASKS.get(&id)).filter(|task| task.status != TaskStatus::Completed).count();
        let progress = Progress {
            posted: old.progress.posted,
            head: old.progress.head,
            last_final: old.progress.last_final,
            last_final_at_ms: old.progress.last_final_at_ms,
            oldest: old.progress.posted.min(1),
            records: old.progress.posted,
            epoch: old.progress.epoch,
        };
        let mut state = Self {
            version: STATE_VERSION,
            config: old.config,
            owner: old.owner,
            proposed_owner: old.proposed_owner,
            paused: old.paused,
            funds: old.funds,
            progress,
            nodes: old.nodes,
            next_task: old.next_task,
            open_tasks: open_tasks as u64,
            next_slash: old.next_slash,
            last_change: 0,
            upgrade: None::<Upgrade>,
        };
        state.note_nodes();
        state
    }
}

impl Contract {
    /// Logs every node. Accounts cannot be listed: one of layout 1 enters the log with its next change, be it a deposit of one
    /// yocto, which anybody can make.
    fn note_nodes(&mut self) {
        for id in (0..self.nodes).filter_map(|index| NODE_INDEX.get(&index)) {
            self.note_node(&id);
        }
    }
}

fn read<T: BorshDeserialize>(bytes: &[u8]) -> T {
    T::try_from_slice(bytes).unwrap_or_else(|_| fail("ERR_STATE: the state does not have the layout of its version"))
}

#[near]
impl Contract {
    /// Brings the state to this code's layout; a present one stays as it is. Only the contract itself, after a deployment.
    #[init(ignore_state)]
    pub fn migrate() -> Self {
        must_be_self();
        let bytes = env::storage_read(b"STATE").unwrap_or_else(|| fail("ERR_STATE: the contract has no state; call new"));
        let version = bytes.first().copied().unwrap_or_default();
        let state = match version {
            1 => Self::from(read::<StateV1>(&bytes)),
            STATE_VERSION => read(&bytes),
            _ => fail("ERR_STATE: this code does not know the state's version"),
        };
        emit("migrated", json!({ "from": version, "to": STATE_VERSION }));
        state
    }
}
