//! Typed records in the contract's storage: one-byte prefixes, read and written one at a time, never loaded whole.

use crate::changes::Subject;
use crate::nodes::{Node, NodeId};
use crate::numbers::Word;
use crate::{accounts::Account, batches::Batch, slash::Slash, tasks::Task};
use near_sdk::borsh::{self, BorshDeserialize, BorshSerialize};
use near_sdk::{AccountId, env};
use std::marker::PhantomData;

/// A map from `K` to `V` under one prefix. It holds nothing itself; every call goes to storage.
pub struct Table<K, V> {
    prefix: u8,
    types: PhantomData<fn(K) -> V>,
}

impl<K: BorshSerialize, V: BorshSerialize + BorshDeserialize> Table<K, V> {
    const fn new(prefix: u8) -> Self {
        Self { prefix, types: PhantomData }
    }

    fn storage_key(&self, key: &K) -> Vec<u8> {
        let mut bytes = vec![self.prefix];
        if key.serialize(&mut bytes).is_err() {
            env::panic_str("ERR_STATE: a key could not be written");
        }
        bytes
    }

    /// The record under `key`, if there is one.
    pub fn get(&self, key: &K) -> Option<V> {
        env::storage_read(&self.storage_key(key)).map(|bytes| match V::try_from_slice(&bytes) {
            Ok(value) => value,
            Err(_) => env::panic_str("ERR_STATE: a record is of another layout; migrate first"),
        })
    }

    /// Whether there is a record under `key`.
    pub fn has(&self, key: &K) -> bool {
        env::storage_has_key(&self.storage_key(key))
    }

    /// Writes the record, new or over the old one.
    pub fn put(&self, key: &K, value: &V) {
        match borsh::to_vec(value) {
            Ok(bytes) => env::storage_write(&self.storage_key(key), &bytes),
            Err(_) => env::panic_str("ERR_STATE: a record could not be written"),
        };
    }

    /// Removes the record if there is one.
    pub fn remove(&self, key: &K) {
        env::storage_remove(&self.storage_key(key));
    }
}

/// What the contract holds for an account.
pub const ACCOUNTS: Table<AccountId, Account> = Table::new(b'a');
/// Registered nodes by operator and node key.
pub const NODES: Table<NodeId, Node> = Table::new(b'n');
/// Dense numbers of nodes, for paging.
pub const NODE_INDEX: Table<u32, NodeId> = Table::new(b'i');
/// Direct tasks by number.
pub const TASKS: Table<u64, Task> = Table::new(b't');
/// Settlement batches by number.
pub const BATCHES: Table<u64, Batch> = Table::new(b'b');
/// For each epoch that a rejection ended: the first number that it rejected.
pub const REJECTIONS: Table<u32, u64> = Table::new(b'r');
/// Slashes by number.
pub const SLASHES: Table<u64, Slash> = Table::new(b's');
/// Evidence that has been used already, by its hash, with the number of its slash.
pub const EVIDENCE: Table<[u8; 32], u64> = Table::new(b'e');
/// Entries of the change log by number.
pub const ENTRIES: Table<u64, Subject> = Table::new(b'c');
/// The number of each subject's entry.
pub const ENTRY_OF: Table<Subject, u64> = Table::new(b'd');
/// Which numbers have an entry, in words by level and index.
pub const WORDS: Table<(u8, u64), Word> = Table::new(b'w');
