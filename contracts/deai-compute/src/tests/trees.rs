//! Trees as the settler builds them, and tests of their proofs.

use super::world::{DEAI, World, key};
use crate::codec::{Hash, NodeKey, Signature, Uuid};
use crate::leaves::{ChargesLeaf, RewardsLeaf, SignedStep, WorkReceipt};
use crate::merkle::{Gap, Item, Leaf, Side, Step, SumNode, climb, join, leaf_hash, leaf_node, plain_join};
use ed25519_dalek::Signer;
use near_sdk::json_types::U128;

/// A tree with all its levels.
#[derive(Clone)]
pub struct SumTree<L> {
    pub leaves: Vec<L>,
    levels: Vec<Vec<SumNode>>,
}

impl<L: Leaf + Clone> SumTree<L> {
    pub fn new(leaves: Vec<L>) -> Self {
        let mut levels = vec![leaves.iter().map(leaf_node).collect::<Vec<_>>()];
        while levels[levels.len() - 1].len() > 1 {
            let level = &levels[levels.len() - 1];
            levels.push(level.chunks(2).map(above).collect());
        }
        Self { leaves, levels }
    }

    pub fn root(&self) -> SumNode {
        self.levels[self.levels.len() - 1].first().cloned().unwrap_or(SumNode::empty(L::SUMS))
    }

    /// Path of the node at `index` of a level, the leaves being level 0.
    pub fn path(&self, level: usize, index: usize) -> Vec<Step> {
        let mut at = index;
        let mut steps = Vec::new();
        for nodes in &self.levels[level..self.levels.len() - 1] {
            if let Some(SumNode { hash, sums }) = nodes.get(at ^ 1).cloned() {
                steps.push(Step { hash, sums, side: if at.is_multiple_of(2) { Side::Right } else { Side::Left } });
            }
            at /= 2;
        }
        steps
    }

    pub fn item(&self, index: usize) -> Item<L> {
        Item { leaf: self.leaves[index].clone(), proof: self.path(0, index) }
    }

    /// Where an account's leaf would stand.
    pub fn gap(&self, account: &str) -> Gap<L> {
        let at = self.leaves.iter().position(|leaf| leaf.account() > account).unwrap_or(self.leaves.len());
        Gap { before: at.checked_sub(1).map(|index| self.item(index)), after: (at < self.leaves.len()).then(|| self.item(at)) }
    }
}

fn above(pair: &[SumNode]) -> SumNode {
    match pair {
        [left, right] => join(left, right).expect("no overflow"),
        _ => pair[0].clone(),
    }
}

/// A UUID by number.
pub fn uuid(number: u128) -> Uuid {
    Uuid(number.to_be_bytes())
}

/// A receipt as nodes and the network make it: the result signed in a frame of `frame` results.
pub fn receipt(number: u128, payer: &str, payee: &str, reward: u128, fee: u128) -> WorkReceipt {
    signed(unsigned(number, payer, payee, reward, fee), 1, 3)
}

/// The same without a valid signature. (A key of zeros would not do: it is of small order, and verifies much.)
pub fn unsigned(number: u128, payer: &str, payee: &str, reward: u128, fee: u128) -> WorkReceipt {
    WorkReceipt {
        task_id: uuid(number),
        lease_id: uuid(number + 1_000_000),
        payer: format!("{payer}.near"),
        payee: format!("{payee}.near"),
        node_key: super::world::node_key(9),
        kind: "embeddings".to_string(),
        model: "use-lite".to_string(),
        input_hash: leaf_hash(&number.to_be_bytes()),
        output_hash: leaf_hash(b"output"),
        units: "12.5".to_string(),
        reward: U128(reward),
        fee: U128(fee),
        started_at_ms: 1_700_000_000_000,
        run_ms: "41.27".to_string(),
        path: Vec::new(),
        signature: Signature([0; 64]),
    }
}

fn result_hash(receipt: &WorkReceipt) -> Hash {
    let text = format!(
        "deai-result:v1\n{}\n{}\nok {}\n{}\n{}\n{}",
        receipt.task_id.text(),
        receipt.lease_id.text(),
        receipt.output_hash.text(),
        receipt.units,
        receipt.started_at_ms,
        receipt.run_ms
    );
    leaf_hash(text.as_bytes())
}

/// Signs as node `signer`, in the middle of a frame with `others` more results.
pub fn signed(mut receipt: WorkReceipt, signer: u8, others: u8) -> WorkReceipt {
    let pair = key(signer);
    receipt.node_key = NodeKey(pair.verifying_key().to_bytes());
    let mut root = result_hash(&receipt);
    receipt.path.clear();
    for other in 0..others {
        let hash = leaf_hash(&[other]);
        let side = if other % 2 == 0 { Side::Right } else { Side::Left };
        root = if side == Side::Left { plain_join(&hash, &root) } else { plain_join(&root, &hash) };
        receipt.path.push(SignedStep { side, hash });
    }
    receipt.signature = Signature(pair.sign(format!("deai-results:v1\n{}", root.text()).as_bytes()).to_bytes());
    receipt
}

fn rewards(count: u64) -> SumTree<RewardsLeaf> {
    SumTree::new(
        (0..count)
            .map(|number| RewardsLeaf {
                account: format!("n{number:03}.near"),
                cumulative: U128(u128::from(number) + 1),
                first_batch: 1,
            })
            .collect(),
    )
}

#[test]
fn every_leaf_of_every_small_tree_proves_itself_and_its_neighbours() {
    let _world = World::bare();
    for count in 1..=17 {
        let tree = rewards(count);
        let total = u128::from(count * (count + 1) / 2);
        assert_eq!(tree.root().sums, vec![U128(total)]);
        for index in 0..count as usize {
            let item = tree.item(index);
            assert!(item.is_in(&tree.root()));
            assert_eq!((item.is_first(), item.is_last()), (index == 0, index as u64 == count - 1));
            assert_eq!(item.sum_before(0), Some((index * (index + 1) / 2) as u128));
            for other in 0..count as usize {
                assert_eq!(item.is_beside(&tree.item(other)), other == index + 1, "{count} {index} {other}");
            }
        }
    }
}

#[test]
fn a_leaf_with_another_sum_or_a_step_with_another_sum_proves_nothing() {
    let _world = World::bare();
    let tree = rewards(5);
    let mut item = tree.item(2);
    item.leaf.cumulative = U128(DEAI);
    assert!(!item.is_in(&tree.root()));
    let mut item = tree.item(2);
    item.proof[0].sums = vec![U128(item.proof[0].sums[0].0 + 1)];
    assert!(!item.is_in(&tree.root()));
    let mut root = tree.root();
    root.sums = vec![U128(root.sums[0].0 + 1)];
    assert!(!tree.item(2).is_in(&root));
}

#[test]
fn gaps_exclude_exactly_the_accounts_that_are_absent() {
    let _world = World::bare();
    for count in 0..=9 {
        let tree = rewards(count);
        for absent in ["a.near", "n000a.near", "n003x.near", "zz.near"] {
            tree.gap(absent).must_exclude(absent, &tree.root());
        }
    }
}

#[test]
fn a_gap_around_a_present_account_is_refused() {
    let mut world = World::bare();
    let tree = rewards(5);
    let gap = Gap { before: Some(tree.item(1)), after: Some(tree.item(3)) };
    super::world::must_fail(world.call("anybody", |_| gap.must_exclude("n002.near", &tree.root())), "ERR_PROOF");
    let gap: Gap<RewardsLeaf> = Gap { before: None, after: None };
    super::world::must_fail(world.call("anybody", |_| gap.must_exclude("n002.near", &tree.root())), "ERR_PROOF");
}

#[test]
fn sums_that_overflow_lead_nowhere() {
    let _world = World::bare();
    let leaf = ChargesLeaf { account: "a.near".to_string(), cumulative: U128(u128::MAX) };
    let step = Step { hash: Hash::default(), sums: vec![U128(1)], side: Side::Right };
    assert_eq!(climb(leaf_node(&leaf), &[step]), None);
    let step = Step { hash: Hash::default(), sums: vec![U128(0), U128(0)], side: Side::Right };
    assert_eq!(climb(leaf_node(&leaf), &[step]), None);
}

#[test]
fn a_receipt_is_signed_by_its_node_and_any_change_breaks_it() {
    let _world = World::bare();
    let good = receipt(7, "alice", "bob", 10, 1);
    assert!(good.is_signed());
    let changes: Vec<fn(&mut WorkReceipt)> = vec![
        |r| r.task_id = uuid(8),
        |r| r.lease_id = uuid(8),
        |r| r.output_hash = leaf_hash(b"other"),
        |r| r.units = "12.50".to_string(),
        |r| r.started_at_ms += 1,
        |r| r.run_ms = "41.3".to_string(),
        |r| r.path[0].side = Side::Left,
        |r| r.path[1].hash = Hash::default(),
        |r| r.signature.0[0] ^= 1,
        |r| r.node_key = super::world::node_key(9),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(!bad.is_signed(), "change {number}");
    }
}
