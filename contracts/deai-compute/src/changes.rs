//! The change log: whose escrow and which node's stake changed after a number, so that the network follows both without reading blocks.
//!
//! Each subject that ever changed has one entry, under the number of its latest change; the next change moves it to the end. So the
//! log is as long as there are subjects, not changes, and full of holes. [`crate::numbers`] skips them in bounded work, also where
//! the entry that a reader stopped at has moved on. A list linked from entry to entry would write more (both neighbours' records)
//! and would have to be walked from an end to find that reader's place again.
//!
//! An entry stays when its subject leaves, or a reader that was away would keep a stake or an escrow that is gone. Who leaves pays
//! for it for good; who comes back finds it again.

use crate::codec::NodeKey;
use crate::nodes::{NodeId, NodeStatus};
use crate::tables::{ACCOUNTS, ENTRIES, ENTRY_OF, NODES};
use crate::views::PAGE;
use crate::{Contract, ContractExt, numbers};
use near_sdk::json_types::U128;
use near_sdk::{AccountId, near};

/// Whose change an entry tells.
#[near(serializers = [borsh])]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An account: its escrow and its wish to withdraw.
    Account(AccountId),
    /// A node: its stake and its status.
    Node(NodeId),
}

/// Escrow of an account as it stands.
#[near(serializers = [json])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// The account.
    pub account_id: AccountId,
    /// Deposited and not withdrawn; charges are in the charges tree.
    pub escrow: U128,
    /// Asked back; 0 without a request.
    pub requested: U128,
}

/// Stake of a node as it stands; one that left has none, and is paused.
#[near(serializers = [json])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeState {
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
    /// Whether it wants work.
    pub status: NodeStatus,
}

/// An entry: the state of its account or of its node.
#[near(serializers = [json])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Number of the latest change.
    pub seq: u64,
    /// The account that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountState>,
    /// The node that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeState>,
}

/// A page of the log.
#[near(serializers = [json])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The newest number there is.
    pub seq: u64,
    /// Entries, ascending.
    pub changes: Vec<Change>,
}

fn account_state(account_id: AccountId) -> AccountState {
    let account = ACCOUNTS.get(&account_id).unwrap_or_default();
    let requested = account.request.map_or(0, |request| request.amount);
    AccountState { account_id, escrow: account.escrow.into(), requested: requested.into() }
}

fn node_state(id: NodeId) -> NodeState {
    let node = NODES.get(&id);
    let amounts = node.as_ref().map_or([0; 3], |node| [node.stake, node.unstaking, node.locked]).map(U128);
    let status = node.map_or(NodeStatus::Paused, |node| node.status);
    let [stake, unstaking, locked] = amounts;
    NodeState { account_id: id.0, node_key: id.1, stake, unstaking, locked, status }
}

fn change(seq: u64, subject: Subject) -> Change {
    match subject {
        Subject::Account(id) => Change { seq, account: Some(account_state(id)), node: None },
        Subject::Node(id) => Change { seq, account: None, node: Some(node_state(id)) },
    }
}

impl Contract {
    /// Notes that the account's escrow or request changed.
    pub(crate) fn note_account(&mut self, account_id: &AccountId) {
        self.note(Subject::Account(account_id.clone()));
    }

    /// Notes that the node's stake or status changed.
    pub(crate) fn note_node(&mut self, id: &NodeId) {
        self.note(Subject::Node(id.clone()));
    }

    /// Moves the subject's entry to the end of the log, or makes it.
    fn note(&mut self, subject: Subject) {
        self.last_change += 1;
        let old = ENTRY_OF.get(&subject);
        ENTRIES.put(&self.last_change, &subject);
        ENTRY_OF.put(&subject, &self.last_change);
        // First in, then out: a word that holds both stays, and the levels above it need no change.
        numbers::insert(self.last_change);
        if let Some(old) = old {
            ENTRIES.remove(&old);
            numbers::remove(old);
        }
    }
}

#[near]
impl Contract {
    /// Accounts and nodes that changed after number `after`, at most `limit` and 100, in the order of their latest changes, each
    /// once and as it stands now. Start at 0, and ask again from the last entry's number until nothing comes.
    pub fn changes(&self, after: u64, limit: u64) -> Changes {
        let changes = numbers::starting_at(after.saturating_add(1), limit.min(PAGE) as usize)
            .into_iter()
            .filter_map(|seq| ENTRIES.get(&seq).map(|subject| change(seq, subject)))
            .collect();
        Changes { seq: self.last_change, changes }
    }
}
