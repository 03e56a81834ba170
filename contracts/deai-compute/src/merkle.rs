//! Merkle trees that bind sums. A node is a hash and its sums; an inner node's hash covers the hash and sums of both children,
//! so that nobody can be shown another sum for a sibling. An odd node rises unchanged. The empty tree is all zeros.

use crate::codec::Hash;
use crate::ensure;
use near_sdk::borsh::{self, BorshSerialize};
use near_sdk::json_types::U128;
use near_sdk::{env, near};

/// On which side a sibling stands.
#[near(serializers = [json, borsh])]
#[serde(rename_all = "snake_case")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The sibling stands to the left.
    Left,
    /// The sibling stands to the right.
    Right,
}

/// A hash with the sums of what stands below it: `[reward, fee]` for receipts, `[cumulative]` for accounts. Yocto.
#[near(serializers = [json, borsh])]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SumNode {
    /// Hash of the node.
    pub hash: Hash,
    /// Its sums.
    pub sums: Vec<U128>,
}

/// One step from a leaf to the root: the sibling, and where it stands.
#[near(serializers = [json])]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Hash of the sibling.
    pub hash: Hash,
    /// Its sums.
    pub sums: Vec<U128>,
    /// On which side of the path it stands.
    pub side: Side,
}

/// A leaf and its path to the root.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct Item<L> {
    /// The leaf.
    pub leaf: L,
    /// From the leaf to the root.
    pub proof: Vec<Step>,
}

/// What a tree's leaf must tell.
pub trait Leaf: BorshSerialize {
    /// How many sums its tree carries.
    const SUMS: usize;
    /// The leaf's own sums.
    fn sums(&self) -> Vec<U128>;
    /// The account that the tree is sorted by.
    fn account(&self) -> &str;
    /// Sorts leaves of one account; empty where there is one leaf an account.
    fn minor(&self) -> &[u8] {
        &[]
    }
}

/// `sha256(0x00 ‖ data)`.
pub fn leaf_hash(data: &[u8]) -> Hash {
    Hash(env::sha256_array([&[0], data].concat()))
}

/// `sha256(0x01 ‖ left ‖ right)`: a tree without sums, as nodes sign it.
pub fn plain_join(left: &Hash, right: &Hash) -> Hash {
    Hash(env::sha256_array([&[1], &left.0[..], &right.0[..]].concat()))
}

/// Sums of two neighbours; `None` if they differ in number or overflow.
pub fn add(left: &[U128], right: &[U128]) -> Option<Vec<U128>> {
    if left.len() != right.len() {
        return None;
    }
    left.iter().zip(right).map(|(a, b)| a.0.checked_add(b.0).map(U128)).collect()
}

/// `sha256(0x01 ‖ left hash ‖ left sums ‖ right hash ‖ right sums)`, each sum 16 bytes, little-endian.
pub fn join_hash(left: &SumNode, right: &SumNode) -> Hash {
    let mut bytes = vec![1];
    for node in [left, right] {
        bytes.extend_from_slice(&node.hash.0);
        node.sums.iter().for_each(|sum| bytes.extend_from_slice(&sum.0.to_le_bytes()));
    }
    Hash(env::sha256_array(bytes))
}

/// The node above two; `None` where the sums overflow.
pub fn join(left: &SumNode, right: &SumNode) -> Option<SumNode> {
    Some(SumNode { hash: join_hash(left, right), sums: add(&left.sums, &right.sums)? })
}

/// Where the path leads; `None` where it is no path of this kind of tree.
pub fn climb(mut node: SumNode, proof: &[Step]) -> Option<SumNode> {
    for step in proof {
        let sibling = SumNode { hash: step.hash, sums: step.sums.clone() };
        node = match step.side {
            Side::Left => join(&sibling, &node)?,
            Side::Right => join(&node, &sibling)?,
        };
    }
    Some(node)
}

/// A leaf as a node of its tree.
pub fn leaf_node<L: Leaf>(leaf: &L) -> SumNode {
    let bytes = borsh::to_vec(leaf).unwrap_or_default();
    SumNode { hash: leaf_hash(&bytes), sums: leaf.sums() }
}

impl SumNode {
    /// The tree without leaves.
    pub fn empty(sums: usize) -> Self {
        Self { hash: Hash::default(), sums: vec![U128(0); sums] }
    }

    /// Whether this is the root of a tree without leaves.
    pub fn is_empty(&self) -> bool {
        self.hash == Hash::default()
    }
}

impl<L: Leaf> Item<L> {
    /// Whether the path leads from the leaf to the root, sums included.
    pub fn is_in(&self, root: &SumNode) -> bool {
        climb(leaf_node(&self.leaf), &self.proof).as_ref() == Some(root)
    }

    /// Ends the call unless the leaf is in the tree.
    pub fn must_be_in(&self, root: &SumNode) {
        ensure!(self.is_in(root), "ERR_PROOF: the path does not lead to the root");
    }

    /// Sum of everything to the left of the leaf, of the given sum.
    pub fn sum_before(&self, sum: usize) -> Option<u128> {
        self.proof
            .iter()
            .filter(|step| step.side == Side::Left)
            .try_fold(0u128, |total, step| total.checked_add(step.sums.get(sum)?.0))
    }

    /// Whether no leaf stands to the left.
    pub fn is_first(&self) -> bool {
        self.proof.iter().all(|step| step.side == Side::Right)
    }

    /// Whether no leaf stands to the right.
    pub fn is_last(&self) -> bool {
        self.proof.iter().all(|step| step.side == Side::Left)
    }

    /// Whether `next` stands directly to the right, both being in one tree.
    pub fn is_beside(&self, next: &Self) -> bool {
        let (a, b) = (&self.proof, &next.proof);
        let shared = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
        let (Some(i), Some(j)) = ((a.len() - shared).checked_sub(1), (b.len() - shared).checked_sub(1)) else {
            return false;
        };
        // Where the paths part, this leaf is below the left child, at its right edge, and the other at the right child's left edge.
        a[i].side == Side::Right
            && b[j].side == Side::Left
            && a[..i].iter().all(|step| step.side == Side::Left)
            && b[..j].iter().all(|step| step.side == Side::Right)
    }
}

/// Two leaves side by side, or one at the edge of the tree: whatever would stand between them is not in the tree.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct Gap<L> {
    /// The last leaf before, or none at the left edge.
    pub before: Option<Item<L>>,
    /// The first leaf after, or none at the right edge.
    pub after: Option<Item<L>>,
}

impl<L: Leaf> Gap<L> {
    /// Ends the call unless this shows that the tree has no leaf of the account.
    pub fn must_exclude(&self, account: &str, root: &SumNode) {
        for item in self.before.iter().chain(&self.after) {
            item.must_be_in(root);
        }
        let ordered = self.before.as_ref().is_none_or(|item| item.leaf.account() < account)
            && self.after.as_ref().is_none_or(|item| item.leaf.account() > account);
        let closed = match (&self.before, &self.after) {
            (None, None) => root.is_empty(),
            (Some(before), None) => before.is_last(),
            (None, Some(after)) => after.is_first(),
            (Some(before), Some(after)) => before.is_beside(after),
        };
        ensure!(ordered && closed, "ERR_PROOF: these leaves do not show that the account is absent");
    }
}

/// A leaf of an account, or the proof that there is none.
#[near(serializers = [json])]
#[serde(rename_all = "snake_case")]
#[derive(Clone, Debug)]
pub enum Presence<L> {
    /// The account's leaf.
    Present(Item<L>),
    /// There is none.
    Absent(Gap<L>),
}

impl<L: Leaf> Presence<L> {
    /// The account's leaf, if it has one. Ends the call if the proof is wrong or of another account.
    pub fn leaf_of(&self, account: &str, root: &SumNode) -> Option<&L> {
        match self {
            Self::Present(item) => {
                item.must_be_in(root);
                ensure!(item.leaf.account() == account, "ERR_PROOF: the leaf is another account's");
                Some(&item.leaf)
            }
            Self::Absent(gap) => {
                gap.must_exclude(account, root);
                None
            }
        }
    }
}
