use super::reader::Reader;
use super::slashing::{equivocation, result};
use super::world::{DEAI, HOUR, NEAR, World, config, id, must_fail, node_key};
use crate::changes::NodeState;
use crate::codec::Hash;
use crate::config::Config;
use crate::merkle::{Gap, Presence};
use crate::nodes::NodeStatus;
use crate::slash::Evidence;
use crate::storage::{ACCOUNT_CHANGE_BYTES, NODE_CHANGE_BYTES, cost_of, price_of};
use near_sdk::json_types::U128;
use near_sdk::serde_json::{json, to_value};
use near_sdk::{Gas, env};

/// Deposits for an account that is registered.
fn deposit(world: &mut World, name: &str, amount: u128) {
    world.send(name, amount * DEAI, json!({ "deposit": {} })).expect("deposited");
}

fn register(world: &mut World, name: &str, key: u8) {
    world.send(name, 200 * DEAI, json!({ "register_node": { "node_key": node_key(key) } })).expect("registered");
}

/// What the log's last entry must say: escrow and request, in whole tokens.
fn must_tell_account(reader: &mut Reader, world: &mut World, name: &str, escrow: u128, requested: u128) {
    assert_eq!(reader.catch_up(world, 9), 1, "one change, one entry");
    let account = &reader.accounts[&id(name)];
    assert_eq!((account.escrow.0, account.requested.0), (escrow * DEAI, requested * DEAI));
    reader.must_know_account(world, name);
}

fn must_tell_node(reader: &mut Reader, world: &mut World, name: &str, amounts: [u128; 3]) -> NodeState {
    assert_eq!(reader.catch_up(world, 9), 1, "one change, one entry");
    let node = reader.nodes[&(id(name), node_key(1))].clone();
    assert_eq!([node.stake.0, node.unstaking.0, node.locked.0], amounts.map(|amount| amount * DEAI));
    reader.must_know_node(world, name, 1);
    node
}

#[test]
fn an_entry_tells_the_state_of_its_account_or_node() {
    let mut world = World::new();
    assert_eq!(to_value(world.view(|contract| contract.changes(0, 100))).expect("json"), json!({ "seq": 0, "changes": [] }));
    deposit(&mut world, "alice", 5);
    register(&mut world, "bob", 1);
    deposit(&mut world, "alice", 1);
    let expected = json!({
        "seq": 3,
        "changes": [
            { "seq": 2, "node": {
                "account_id": "bob.near", "node_key": node_key(1), "stake": U128(200 * DEAI), "unstaking": "0", "locked": "0",
                "status": "active",
            } },
            { "seq": 3, "account": { "account_id": "alice.near", "escrow": U128(6 * DEAI), "requested": "0" } },
        ],
    });
    assert_eq!(to_value(world.view(|contract| contract.changes(0, 100))).expect("json"), expected);
}

#[test]
fn every_step_into_escrow_and_out_of_it_is_told() {
    let (mut world, mut reader) = (World::new(), Reader::default());
    let log = &mut reader;
    deposit(&mut world, "alice", 50);
    must_tell_account(log, &mut world, "alice", 50, 0);
    world.send("bob", 2 * DEAI, json!({ "deposit": { "account_id": "alice.near" } })).expect("deposited");
    must_tell_account(log, &mut world, "alice", 52, 0);
    let request = |world: &mut World| world.pay("alice", 1, |contract| contract.request_withdraw(Some(U128(30 * DEAI))));
    request(&mut world).expect("requested");
    must_tell_account(log, &mut world, "alice", 52, 30);
    world.pay("alice", 1, |contract| contract.cancel_withdraw()).expect("taken back");
    must_tell_account(log, &mut world, "alice", 52, 0);
    request(&mut world).expect("requested");
    must_tell_account(log, &mut world, "alice", 52, 30);
    world.wait(24 * HOUR);
    let nothing = || Presence::Absent(Gap { before: None, after: None });
    world.pay("alice", 1, |contract| drop(contract.withdraw(nothing()))).expect("on its way");
    must_tell_account(log, &mut world, "alice", 22, 0);
    world.settle(false);
    must_tell_account(log, &mut world, "alice", 52, 30);
    world.pay("alice", 1, |contract| drop(contract.withdraw(nothing()))).expect("on its way");
    must_tell_account(log, &mut world, "alice", 22, 0);
    world.settle(true);
    assert_eq!(reader.catch_up(&mut world, 9), 0, "paid: nothing changed any more");
}

#[test]
fn what_concerns_neither_escrow_nor_stake_is_not_told() {
    let mut world = World::new();
    world.send("alice", 5 * DEAI, json!({ "balance": {} })).expect("funded");
    world.pay("alice", 1, |contract| drop(contract.withdraw_balance(None))).expect("on its way");
    world.settle(false);
    register(&mut world, "bob", 1);
    world.call("bob", |contract| contract.heartbeat(node_key(1), NodeStatus::Active)).expect("heard");
    assert_eq!(world.view(|contract| contract.changes(0, 100)).seq, 1);
}

#[test]
fn every_step_of_a_stake_is_told() {
    let (mut world, mut reader) = (World::new(), Reader::default());
    let log = &mut reader;
    register(&mut world, "bob", 1);
    must_tell_node(log, &mut world, "bob", [200, 0, 0]);
    world.send("bob", 5 * DEAI, json!({ "add_stake": { "node_key": node_key(1) } })).expect("added");
    must_tell_node(log, &mut world, "bob", [205, 0, 0]);
    world.call("bob", |contract| contract.heartbeat(node_key(1), NodeStatus::Draining)).expect("heard");
    assert_eq!(must_tell_node(log, &mut world, "bob", [205, 0, 0]).status, NodeStatus::Draining);
    world.pay("bob", 1, |contract| contract.unstake(node_key(1), Some(U128(50 * DEAI)))).expect("unstaked");
    must_tell_node(log, &mut world, "bob", [155, 50, 0]);
    world.wait(48 * HOUR);
    for success in [false, true] {
        world.pay("bob", 1, |contract| drop(contract.withdraw_stake(node_key(1)))).expect("on its way");
        must_tell_node(log, &mut world, "bob", [155, 0, 0]);
        world.settle(success);
        if !success {
            must_tell_node(log, &mut world, "bob", [155, 50, 0]);
        }
    }
    assert_eq!(reader.catch_up(&mut world, 9), 0, "paid: nothing changed any more");
}

#[test]
fn verdicts_tell_what_they_lock_take_and_free() {
    let (mut world, mut reader) = (World::new(), Reader::default());
    let log = &mut reader;
    register(&mut world, "bob", 1);
    must_tell_node(log, &mut world, "bob", [200, 0, 0]);
    let propose = |world: &mut World, evidence: u8| {
        let evidence = Evidence::Verdict { amount: U128(60 * DEAI), evidence_hash: Hash([evidence; 32]), reporter: None };
        world.call("arbiter", |contract| contract.slash(id("bob"), node_key(1), evidence)).expect("proposed")
    };
    let appeal = |world: &mut World, slash_id: u64| {
        world.call("bob", |contract| contract.appeal(slash_id, Hash::default())).expect("appealed");
    };
    let executed = propose(&mut world, 1);
    must_tell_node(log, &mut world, "bob", [200, 0, 60]);
    world.wait(24 * HOUR);
    world.call("anybody", |contract| contract.execute_slash(executed)).expect("executed");
    must_tell_node(log, &mut world, "bob", [140, 0, 0]);
    let overturned = propose(&mut world, 2);
    must_tell_node(log, &mut world, "bob", [140, 0, 60]);
    appeal(&mut world, overturned);
    world.call("owner", |contract| contract.resolve_appeal(overturned, false)).expect("overturned");
    must_tell_node(log, &mut world, "bob", [140, 0, 0]);
    let lapsed = propose(&mut world, 3);
    must_tell_node(log, &mut world, "bob", [140, 0, 60]);
    appeal(&mut world, lapsed);
    world.wait(72 * HOUR);
    world.call("anybody", |contract| contract.execute_slash(lapsed)).expect("lapsed");
    must_tell_node(log, &mut world, "bob", [140, 0, 0]);
    let evidence = equivocation(result(b"one", 1, 0), result(b"two", 1, 3));
    world.call("watcher", |contract| contract.slash(id("bob"), node_key(1), evidence)).expect("slashed");
    must_tell_node(log, &mut world, "bob", [0, 0, 0]);
}

#[test]
fn a_reader_that_was_away_hears_of_a_node_that_left_and_the_operator_pays_for_that() {
    let mut world = World::new();
    register(&mut world, "bob", 1);
    let mut reader = Reader::default();
    reader.catch_up(&mut world, 9);
    let near = |world: &mut World| world.view(|contract| contract.storage_balance_of(id("bob"))).expect("there").total;
    let before = near(&mut world).as_yoctonear();
    world.pay("bob", 1, |contract| contract.unstake(node_key(1), None)).expect("unstaked");
    world.wait(48 * HOUR);
    world.pay("bob", 1, |contract| drop(contract.withdraw_stake(node_key(1)))).expect("on its way");
    world.settle(true);
    world.must_have_logged("node_removed");
    assert_eq!(must_tell_node(&mut reader, &mut world, "bob", [0, 0, 0]).status, NodeStatus::Paused);
    assert_eq!(before - near(&mut world).as_yoctonear(), world.view(|_| price_of(NODE_CHANGE_BYTES)));
    register(&mut world, "bob", 1);
    must_tell_node(&mut reader, &mut world, "bob", [200, 0, 0]);
    assert_eq!(Reader::default().catch_up(&mut world, 9), 1, "it has one entry, not one a life");
}

#[test]
fn a_reader_that_was_away_hears_of_an_account_that_left_and_the_account_pays_for_that() {
    let mut world = World::with(Config { exit_ms: 2 * HOUR, ..config() });
    let min = world.view(|_| cost_of(0));
    for name in ["alice", "carol"] {
        world.pay(name, min, |contract| contract.storage_deposit(None, None)).expect("registered");
    }
    deposit(&mut world, "alice", 5);
    let mut reader = Reader::default();
    reader.catch_up(&mut world, 9);
    world.pay("alice", 1, |contract| contract.request_withdraw(None)).expect("requested");
    world.wait(2 * HOUR);
    let nothing = Presence::Absent(Gap { before: None, after: None });
    world.pay("alice", 1, |contract| drop(contract.withdraw(nothing))).expect("on its way");
    world.settle(true);
    let entry = world.view(|_| price_of(ACCOUNT_CHANGE_BYTES));
    for (name, returned) in [("alice", min - entry), ("carol", min)] {
        assert!(world.pay(name, 1, |contract| contract.storage_unregister(None)).expect("left"));
        assert_eq!(world.events()[0].1["near"], returned.to_string(), "what {name} gets back");
    }
    must_tell_account(&mut reader, &mut world, "alice", 0, 0);
    must_fail(world.pay("alice", 1, |contract| contract.request_withdraw(None)), "ERR_NOT_REGISTERED");
}

#[test]
fn pages_end_at_the_limit_and_at_a_hundred_and_the_next_one_goes_on() {
    let mut world = World::new();
    world.pay("bob", 10 * NEAR, |contract| contract.storage_deposit(None, None)).expect("paid");
    for key in 1..=130 {
        register(&mut world, "bob", key);
    }
    let mut reader = Reader::default();
    assert_eq!((reader.read(&mut world, 0), reader.read(&mut world, 1000)), (0, 100));
    // The entry that it stopped at moves on, and some that it has not read yet.
    for key in [100, 99, 110] {
        world.call("bob", |contract| contract.heartbeat(node_key(key), NodeStatus::Paused)).expect("heard");
    }
    assert_eq!((reader.read(&mut world, 30), reader.read(&mut world, 30)), (30, 2));
    assert_eq!((reader.seq, reader.nodes.len()), (133, 130));
    for key in 1..=130 {
        reader.must_know_node(&mut world, "bob", key);
    }
}

#[test]
fn a_page_costs_what_its_entries_cost_however_many_numbers_lie_between_them() {
    let mut world = World::new();
    world.pay("bob", 10 * NEAR, |contract| contract.storage_deposit(None, None)).expect("paid");
    let gas_of = |world: &mut World, after: u64, limit: u64, count: usize| {
        world.view(|contract| {
            let before = env::used_gas();
            assert_eq!(contract.changes(after, limit).changes.len(), count);
            env::used_gas().saturating_sub(before)
        })
    };
    register(&mut world, "bob", 1);
    for key in 2..=120 {
        // As if this many changes of others had come between.
        world.contract.last_change += 70_000;
        register(&mut world, "bob", key);
    }
    let whole = gas_of(&mut world, 0, 100, 100);
    world.contract.last_change = 1 << 39;
    register(&mut world, "bob", 121);
    let one = gas_of(&mut world, 120 * 70_000, 1, 1);
    assert!(one < Gas::from_tgas(3), "the next entry after half a trillion holes takes {one:?}");
    assert!(whole < Gas::from_tgas(100), "a hundred entries, each in a word of its own, take {whole:?}");
}
