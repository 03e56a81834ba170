//! A reader of the change log, as the network has one: what it heard, and up to which number.

use super::world::{World, id, node_key};
use crate::changes::{AccountState, NodeState};
use crate::nodes::{NodeId, NodeStatus};
use near_sdk::AccountId;
use near_sdk::json_types::U128;
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Reader {
    pub seq: u64,
    pub accounts: BTreeMap<AccountId, AccountState>,
    pub nodes: BTreeMap<NodeId, NodeState>,
}

impl Reader {
    /// Reads one page; returns how many entries it had.
    pub fn read(&mut self, world: &mut World, limit: u64) -> usize {
        let after = self.seq;
        let page = world.view(|contract| contract.changes(after, limit));
        let count = page.changes.len();
        assert!(count <= limit.min(100) as usize);
        for change in page.changes {
            assert!(change.seq > self.seq && change.seq <= page.seq, "numbers ascend from the reader's on to the newest");
            self.seq = change.seq;
            match (change.account, change.node) {
                (Some(account), None) => drop(self.accounts.insert(account.account_id.clone(), account)),
                (None, Some(node)) => drop(self.nodes.insert((node.account_id.clone(), node.node_key), node)),
                neither => panic!("an entry tells of an account or of a node: {neither:?}"),
            }
        }
        count
    }

    /// Reads until nothing comes; returns how many entries came.
    pub fn catch_up(&mut self, world: &mut World, limit: u64) -> usize {
        let mut total = 0;
        loop {
            match self.read(world, limit) {
                0 => return total,
                count => total += count,
            }
        }
    }

    /// Ends the test unless the reader's account has just what `escrow_of` shows; an unknown one has nothing.
    pub fn must_know_account(&self, world: &mut World, name: &str) {
        let known = self.accounts.get(&id(name)).map_or((0, 0), |account| (account.escrow.0, account.requested.0));
        let real = world
            .view(|contract| contract.escrow_of(id(name)))
            .map_or((0, 0), |account| (account.escrow.0, account.request_amount.map_or(0, |amount| amount.0)));
        assert_eq!(known, real, "escrow and request of {name}");
    }

    /// Ends the test unless the reader's node has just what `get_node` shows; one that is not there has no stake.
    pub fn must_know_node(&self, world: &mut World, name: &str, key: u8) {
        let node_id = (id(name), node_key(key));
        let amounts = |stake: U128, unstaking: U128, locked: U128| [stake.0, unstaking.0, locked.0];
        let known = self.nodes.get(&node_id).map(|node| (amounts(node.stake, node.unstaking, node.locked), node.status));
        let real = world
            .view(|contract| contract.get_node(id(name), node_key(key)))
            .map(|node| (amounts(node.stake, node.unstaking, node.locked), node.status));
        let gone = ([0; 3], NodeStatus::Paused);
        match real {
            Some(real) => assert_eq!(known, Some(real), "node of {name}"),
            None => assert_eq!(known.unwrap_or(gone).0, gone.0, "{name} has no node any more"),
        }
    }
}
