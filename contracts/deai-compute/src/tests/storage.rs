//! What a record takes, at the longest account ids and texts, against what its account pays for.

use super::ledger::{Ledger, post};
use super::trees::receipt;
use super::world::{DEAI, HOUR, NEAR, World, config, id, node_key};
use crate::codec::Hash;
use crate::config::Config;
use crate::slash::Evidence;
use crate::storage::{ACCOUNT_BYTES, BATCH_BYTES, NODE_BYTES, SLASH_BYTES, TASK_BYTES};
use crate::tasks::{NAME_BYTES, TaskOrder, URI_BYTES};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;

/// Names that make ids of 64 characters.
fn long(letter: &str) -> String {
    letter.repeat(59)
}

/// Bytes that a step adds.
fn grown<R>(world: &mut World, step: impl FnOnce(&mut World) -> R) -> u64 {
    let before = world.bytes();
    step(world);
    world.bytes() - before
}

/// Ends the test unless the record fits and the estimate is not wasteful.
fn must_fit(what: &str, real: u64, paid: u64) {
    assert!(real <= paid, "{what} takes {real} bytes, paid are {paid}");
    assert!(real + 60 >= paid, "{what} takes {real} bytes only, paid are {paid}");
}

#[test]
fn every_record_fits_into_what_its_account_pays_for() {
    let (alice, bob) = (long("a"), long("b"));
    let settings = Config { settler: id(&bob), arbiter: id(&bob), ..config() };
    let mut world = World::with(settings);
    world.register(&bob);
    world.send(&bob, DEAI, json!({ "deposit": {} })).expect("deposited");
    // The first of 256 numbers: its entry is alone in its word.
    world.contract.last_change = 255;
    let account = grown(&mut world, |world| {
        world.register(&alice);
        world.send(&alice, DEAI, json!({ "deposit": {} })).expect("deposited");
        world.pay(&alice, 1, |contract| contract.request_withdraw(None)).expect("requested");
    });
    must_fit("an account", account, ACCOUNT_BYTES);
    world.send(&bob, 60 * DEAI, json!({ "bond": {} })).expect("bonded");

    world.contract.last_change = 511;
    let node = grown(&mut world, |world| {
        world.send(&alice, 200 * DEAI, json!({ "register_node": { "node_key": node_key(1) } })).expect("registered");
    });
    must_fit("a node", node, NODE_BYTES);

    let slash = grown(&mut world, |world| {
        let evidence = Evidence::Verdict { amount: U128(1), evidence_hash: Hash([1; 32]), reporter: Some(id(&bob)) };
        let slash_id = world.call(&bob, |contract| contract.slash(id(&alice), node_key(1), evidence)).expect("proposed");
        world.call(&alice, |contract| contract.appeal(slash_id, Hash([2; 32]))).expect("appealed");
    });
    must_fit("a slash", slash, SLASH_BYTES);

    world.send(&alice, 200 * DEAI, json!({ "balance": {} })).expect("funded");
    let task = grown(&mut world, |world| {
        let order = TaskOrder {
            kind: "k".repeat(NAME_BYTES),
            model: "m".repeat(NAME_BYTES),
            input_hash: Hash([1; 32]),
            input_uri: "i".repeat(URI_BYTES),
            reward: U128(DEAI),
            deadline_ms: world.now_ms + HOUR,
            operator: Some(id(&alice)),
        };
        let task = world.call(&alice, |contract| contract.submit_task(order)).expect("submitted");
        world.call(&alice, |contract| contract.accept_task(task, node_key(1))).expect("accepted");
        let uri = "o".repeat(URI_BYTES);
        world.call(&alice, |contract| contract.submit_result(task, Hash([3; 32]), uri)).expect("completed");
    });
    must_fit("a task", task, TASK_BYTES + (2 * NAME_BYTES + 2 * URI_BYTES) as u64);
}

#[test]
fn a_batch_fits_into_what_the_settler_pays_for() {
    let mut world = World::new();
    world.send("alice", 100 * DEAI, json!({ "deposit": {} })).expect("deposited");
    let trees = Ledger::default().close(1, vec![receipt(1, "alice", "bob", 20 * DEAI, DEAI)]);
    let batch = grown(&mut world, |world| post(world, 1, &trees).expect("posted"));
    must_fit("a batch", batch, BATCH_BYTES);
}

#[test]
fn a_poor_settler_or_arbiter_cannot_write_records() {
    let mut world = World::with(Config { settler: id("poor"), arbiter: id("poor"), ..config() });
    let min = world.view(|contract| contract.storage_balance_bounds().min.as_yoctonear());
    world.pay("poor", min, |contract| contract.storage_deposit(None, None)).expect("registered");
    world.pay("bob", NEAR, |contract| contract.storage_deposit(None, None)).expect("registered");
    world.send("poor", 60 * DEAI, json!({ "bond": {} })).expect("bonded");
    world.send("bob", 200 * DEAI, json!({ "register_node": { "node_key": node_key(1) } })).expect("registered");
    let empty = Ledger::default().trees(Vec::new());
    let roots = (empty.receipts.root(), empty.rewards.root(), empty.charges.root());
    let posted = world.call("poor", |contract| contract.post_batch(1, roots.0, roots.1, roots.2));
    super::world::must_fail(posted, "ERR_STORAGE");
    let evidence = Evidence::Verdict { amount: U128(1), evidence_hash: Hash([1; 32]), reporter: None };
    super::world::must_fail(world.call("poor", |contract| contract.slash(id("bob"), node_key(1), evidence)), "ERR_STORAGE");
}
