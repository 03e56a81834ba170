//! `contracts/fixtures/batch.json`: two batches with everything about them, so that other implementations can check that they
//! hash, sign and prove alike. `DEAI_WRITE_FIXTURES=1 cargo test fixture` writes it anew.

use super::ledger::{Ledger, Trees};
use super::trees::{SumTree, receipt, signed, unsigned};
use super::world::{DEAI, World};
use crate::leaves::WorkReceipt;
use crate::merkle::{Leaf, leaf_node};
use near_sdk::borsh;
use near_sdk::serde::Serialize;
use near_sdk::serde_json::{Value, json, to_string_pretty};

fn receipts() -> Vec<WorkReceipt> {
    let mut odd = unsigned(900_000_000_000_000_000_000_000, "sponsor", "carol", 3 * DEAI + 1, 7);
    odd.model = "modèle ü".to_string();
    odd.units = "0.1".to_string();
    odd.run_ms = "1e-7".to_string();
    vec![
        receipt(1, "alice", "bob", DEAI, DEAI / 20),
        receipt(2, "dora", "bob", 2 * DEAI, DEAI / 10),
        signed(odd, 3, 0),
        receipt(4, "alice", "carol", 0, 0),
        receipt(5, "alice", "dave", 5 * DEAI, DEAI / 4),
    ]
}

fn tree<L: Leaf + Clone + Serialize>(tree: &SumTree<L>) -> Value {
    let leaves: Vec<Value> = (0..tree.leaves.len())
        .map(|index| {
            let item = tree.item(index);
            let bytes = borsh::to_vec(&item.leaf).expect("borsh");
            json!({
                "leaf": item.leaf, "borsh": crate::codec::to_hex(&bytes), "hash": leaf_node(&item.leaf).hash,
                "sums": item.leaf.sums(), "proof": item.proof,
            })
        })
        .collect();
    json!({ "root": tree.root(), "leaves": leaves })
}

fn batch(number: u64, trees: &Trees) -> Value {
    json!({
        "number": number, "receipts": tree(&trees.receipts),
        "rewards": tree(&trees.rewards), "charges": tree(&trees.charges),
    })
}

fn fixture() -> String {
    let _world = World::bare();
    let mut books = Ledger::default();
    books.know("erin");
    let first = books.close(1, receipts());
    let second = books.close(2, vec![receipt(6, "alice", "aaron", 8 * DEAI, DEAI / 2)]);
    let absent = json!({ "account": "frank.near", "charges": second.charges.gap("frank.near") });
    let empty = Ledger::default().trees(Vec::new());
    let value = json!({
        "about": "Made by the contract's tests (fixture.rs): two batches, every leaf with its borsh bytes, hash and proof.",
        "treasury": "treasury.near",
        "empty": { "receipts": empty.receipts.root(), "rewards": empty.rewards.root(), "charges": empty.charges.root() },
        "batches": [batch(1, &first), batch(2, &second)],
        "absent": absent,
    });
    to_string_pretty(&value).expect("JSON") + "\n"
}

#[test]
fn the_fixture_is_what_this_code_makes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/batch.json");
    let made = fixture();
    if std::env::var_os("DEAI_WRITE_FIXTURES").is_some() {
        std::fs::write(path, &made).expect("written");
    }
    assert_eq!(std::fs::read_to_string(path).expect("the fixture is there"), made);
}
