//! Leaves of the three trees of a batch: work receipts, cumulative rewards, cumulative charges.

use crate::codec::{Hash, NodeKey, Signature, Uuid};
use crate::merkle::{Leaf, Side, leaf_hash, plain_join};
use near_sdk::json_types::U128;
use near_sdk::{env, near};

/// One step of the path from a node's result to the root that it signed.
#[near(serializers = [json, borsh])]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedStep {
    /// On which side the sibling stands.
    pub side: Side,
    /// The sibling.
    pub hash: Hash,
}

/// A completed task: who pays whom, how much, and the node's signature over the result.
/// The order of the fields is the order in borsh, which the hash covers.
#[near(serializers = [json, borsh])]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkReceipt {
    /// The task.
    pub task_id: Uuid,
    /// The attempt that completed it.
    pub lease_id: Uuid,
    /// Account that is charged `reward + fee`.
    pub payer: String,
    /// Account that earns `reward`.
    pub payee: String,
    /// Key of the node that signed.
    pub node_key: NodeKey,
    /// Kind of work.
    pub kind: String,
    /// Model; empty where the kind has none.
    pub model: String,
    /// SHA-256 of the input.
    pub input_hash: Hash,
    /// SHA-256 of the output.
    pub output_hash: Hash,
    /// Measured units, as the node wrote the number.
    pub units: String,
    /// Yocto to the payee.
    pub reward: U128,
    /// Yocto to the treasury.
    pub fee: U128,
    /// When the attempt started, milliseconds since 1970.
    pub started_at_ms: u64,
    /// How long it ran, as the node wrote the number.
    pub run_ms: String,
    /// From the result to the root that the node signed.
    pub path: Vec<SignedStep>,
    /// The node's signature.
    pub signature: Signature,
}

/// What a node signed about one attempt: the part of a work receipt that its signature covers.
#[near(serializers = [json])]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedResult {
    /// SHA-256 of the output.
    pub output_hash: Hash,
    /// Measured units, as the node wrote the number.
    pub units: String,
    /// When the attempt started, milliseconds since 1970.
    pub started_at_ms: u64,
    /// How long it ran, as the node wrote the number.
    pub run_ms: String,
    /// From the result to the root that the node signed.
    pub path: Vec<SignedStep>,
    /// The node's signature.
    pub signature: Signature,
}

impl SignedResult {
    /// Whether the node's key signed this result of the task and lease.
    pub fn is_signed_by(&self, node_key: &NodeKey, task_id: &Uuid, lease_id: &Uuid) -> bool {
        let text = format!(
            "deai-result:v1\n{}\n{}\nok {}\n{}\n{}\n{}",
            task_id.text(),
            lease_id.text(),
            self.output_hash.text(),
            self.units,
            self.started_at_ms,
            self.run_ms
        );
        let root = self.path.iter().fold(leaf_hash(text.as_bytes()), |hash, step| match step.side {
            Side::Left => plain_join(&step.hash, &hash),
            Side::Right => plain_join(&hash, &step.hash),
        });
        let message = format!("deai-results:v1\n{}", root.text());
        env::ed25519_verify(&self.signature.0, message.as_bytes(), &node_key.0)
    }
}

impl WorkReceipt {
    /// Whether the node's signature covers this result.
    pub fn is_signed(&self) -> bool {
        let result = SignedResult {
            output_hash: self.output_hash,
            units: self.units.clone(),
            started_at_ms: self.started_at_ms,
            run_ms: self.run_ms.clone(),
            path: self.path.clone(),
            signature: self.signature,
        };
        result.is_signed_by(&self.node_key, &self.task_id, &self.lease_id)
    }
}

impl Leaf for WorkReceipt {
    const SUMS: usize = 2;
    fn sums(&self) -> Vec<U128> {
        vec![self.reward, self.fee]
    }
    fn account(&self) -> &str {
        &self.payee
    }
    fn minor(&self) -> &[u8] {
        &self.task_id.0
    }
}

/// What an account earned in all batches so far.
#[near(serializers = [json, borsh])]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RewardsLeaf {
    /// The account.
    pub account: String,
    /// Yocto earned since the first batch.
    pub cumulative: U128,
    /// Number of the batch in which the account first earned.
    pub first_batch: u64,
}

impl Leaf for RewardsLeaf {
    const SUMS: usize = 1;
    fn sums(&self) -> Vec<U128> {
        vec![self.cumulative]
    }
    fn account(&self) -> &str {
        &self.account
    }
}

/// What an account was charged in all batches so far.
#[near(serializers = [json, borsh])]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChargesLeaf {
    /// The account.
    pub account: String,
    /// Yocto charged since the first batch.
    pub cumulative: U128,
}

impl Leaf for ChargesLeaf {
    const SUMS: usize = 1;
    fn sums(&self) -> Vec<U128> {
        vec![self.cumulative]
    }
    fn account(&self) -> &str {
        &self.account
    }
}
