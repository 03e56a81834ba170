use super::world::{DEAI, HOUR, World, id, must_fail, node_key};
use crate::codec::Hash;
use crate::nodes::NodeStatus;
use crate::tasks::{TaskOrder, TaskStatus};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;

pub fn order(world: &World) -> TaskOrder {
    TaskOrder {
        kind: "wasm".to_string(),
        model: String::new(),
        input_hash: Hash([1; 32]),
        input_uri: "https://example.org/input".to_string(),
        reward: U128(10 * DEAI),
        deadline_ms: world.now_ms + 24 * HOUR,
        operator: None,
    }
}

/// Alice has 100 tokens, Bob a node.
fn ready() -> World {
    let mut world = World::new();
    world.send("alice", 100 * DEAI, json!({ "balance": {} })).expect("funded");
    world.send("bob", 100 * DEAI, json!({ "register_node": { "node_key": node_key(1) } })).expect("registered");
    world
}

fn submit(world: &mut World) -> u64 {
    let order = order(world);
    world.call("alice", |contract| contract.submit_task(order)).expect("submitted")
}

fn balance(world: &mut World, name: &str) -> u128 {
    world.view(|contract| contract.escrow_of(id(name)).expect("registered").balance.0)
}

#[test]
fn a_task_is_submitted_accepted_completed_and_paid() {
    let mut world = ready();
    let task = submit(&mut world);
    world.must_have_logged("task_submitted");
    assert_eq!(balance(&mut world, "alice"), 100 * DEAI - 10 * DEAI - DEAI / 2);
    world.call("bob", |contract| contract.accept_task(task, node_key(1))).expect("accepted");
    world.must_have_logged("task_accepted");
    must_fail(world.call("carol", |contract| contract.submit_result(task, Hash([2; 32]), String::new())), "ERR_LEASE");
    world.call("bob", |contract| contract.submit_result(task, Hash([2; 32]), "ipfs://x".to_string())).expect("completed");
    world.must_have_logged("task_completed");
    assert_eq!((balance(&mut world, "bob"), balance(&mut world, "treasury")), (10 * DEAI, DEAI / 2));
    let view = world.view(|contract| contract.get_task(task).expect("there"));
    assert_eq!((view.status, view.output_hash, view.operator), (TaskStatus::Completed, Some(Hash([2; 32])), Some(id("bob"))));
    must_fail(world.call("bob", |contract| contract.submit_result(task, Hash([2; 32]), String::new())), "ERR_LEASE");
    assert_eq!(world.view(|contract| (contract.stats().open_tasks, contract.funds().tasks.0)), (0, 0));
}

#[test]
fn a_completed_task_gives_its_storage_back_when_its_requester_or_time_removes_it() {
    let mut world = ready();
    let free = |world: &mut World| world.view(|contract| contract.storage_balance_of(id("alice")).expect("there").available);
    let before = free(&mut world);
    for late in [0, 24 * HOUR] {
        let task = submit(&mut world);
        assert!(free(&mut world) < before);
        world.call("bob", |contract| contract.accept_task(task, node_key(1))).expect("accepted");
        world.call("bob", |contract| contract.submit_result(task, Hash([2; 32]), String::new())).expect("completed");
        must_fail(world.call("carol", |contract| contract.expire_task(task)), "ERR_NOT_DUE");
        world.wait(late);
        world.call(if late > 0 { "carol" } else { "alice" }, |contract| contract.expire_task(task)).expect("removed");
        world.must_have_logged("task_removed");
        assert_eq!(free(&mut world), before);
        must_fail(world.call("alice", |contract| contract.expire_task(task)), "ERR_NO_TASK");
    }
}

#[test]
fn what_is_submitted_must_be_paid_for_and_make_sense() {
    let mut world = ready();
    let base = order(&world);
    let bad = [
        (TaskOrder { reward: U128(96 * DEAI), ..base.clone() }, "ERR_BALANCE"),
        (TaskOrder { reward: U128(u128::MAX), ..base.clone() }, "ERR_BALANCE"),
        (TaskOrder { reward: U128(0), ..base.clone() }, "ERR_REWARD"),
        (TaskOrder { deadline_ms: world.now_ms, ..base.clone() }, "ERR_DEADLINE"),
        (TaskOrder { kind: "k".repeat(129), ..base.clone() }, "ERR_TOO_LONG"),
        (TaskOrder { input_uri: "u".repeat(257), ..base.clone() }, "ERR_TOO_LONG"),
    ];
    for (order, code) in bad {
        must_fail(world.call("alice", |contract| contract.submit_task(order)), code);
    }
    must_fail(world.call("stranger", |contract| contract.submit_task(base.clone())), "ERR_NOT_REGISTERED");
    let min = world.view(|contract| contract.storage_balance_bounds().min.as_yoctonear());
    world.pay("poor", min, |contract| contract.storage_deposit(None, None)).expect("registered");
    world.send("alice", 20 * DEAI, json!({ "balance": { "account_id": "poor.near" } })).expect("funded");
    must_fail(world.call("poor", |contract| contract.submit_task(base.clone())), "ERR_STORAGE");
    world.pay("poor", DEAI, |contract| contract.submit_task(base)).expect("submitted with NEAR for its storage");
}

#[test]
fn a_pending_task_can_be_cancelled_by_its_requester_alone() {
    let mut world = ready();
    let task = submit(&mut world);
    must_fail(world.call("carol", |contract| contract.cancel_task(task)), "ERR_REQUESTER");
    world.call("alice", |contract| contract.cancel_task(task)).expect("cancelled");
    world.must_have_logged("task_cancelled");
    assert_eq!(balance(&mut world, "alice"), 100 * DEAI);
    let task = submit(&mut world);
    world.call("bob", |contract| contract.accept_task(task, node_key(1))).expect("accepted");
    must_fail(world.call("alice", |contract| contract.cancel_task(task)), "ERR_STATUS");
}

#[test]
fn only_the_operator_of_an_active_staked_node_accepts() {
    let mut world = ready();
    let task = submit(&mut world);
    must_fail(world.call("carol", |contract| contract.accept_task(task, node_key(1))), "ERR_NO_NODE");
    world.call("bob", |contract| contract.heartbeat(node_key(1), NodeStatus::Paused)).expect("paused");
    must_fail(world.call("bob", |contract| contract.accept_task(task, node_key(1))), "ERR_NODE");
    world.call("bob", |contract| contract.heartbeat(node_key(1), NodeStatus::Active)).expect("active");
    let reserved = TaskOrder { operator: Some(id("carol")), ..order(&world) };
    let other = world.call("alice", |contract| contract.submit_task(reserved)).expect("submitted");
    must_fail(world.call("bob", |contract| contract.accept_task(other, node_key(1))), "ERR_RESERVED");
    world.call("bob", |contract| contract.accept_task(task, node_key(1))).expect("accepted");
    must_fail(world.call("bob", |contract| contract.accept_task(task, node_key(1))), "ERR_STATUS");
    world.wait(24 * HOUR);
    must_fail(world.call("bob", |contract| contract.accept_task(other, node_key(1))), "ERR_DEADLINE");
    assert_eq!(world.view(|contract| contract.get_tasks(0, 100)).len(), 2);
}

#[test]
fn a_lost_lease_returns_the_task_and_the_deadline_refunds_it() {
    let mut world = ready();
    let task = submit(&mut world);
    must_fail(world.call("carol", |contract| contract.expire_task(task)), "ERR_NOT_DUE");
    world.call("bob", |contract| contract.accept_task(task, node_key(1))).expect("accepted");
    must_fail(world.call("carol", |contract| contract.expire_task(task)), "ERR_NOT_DUE");
    world.wait(HOUR);
    must_fail(world.call("bob", |contract| contract.submit_result(task, Hash([2; 32]), String::new())), "ERR_LEASE");
    world.call("carol", |contract| contract.expire_task(task)).expect("returned");
    world.must_have_logged("task_returned");
    world.call("bob", |contract| contract.accept_task(task, node_key(1))).expect("accepted again");
    assert_eq!(world.view(|contract| contract.get_task(task).expect("there").attempts), 2);
    world.wait(24 * HOUR);
    world.call("carol", |contract| contract.expire_task(task)).expect("refunded");
    world.must_have_logged("task_failed");
    let pending = submit(&mut world);
    world.wait(24 * HOUR);
    world.call("carol", |contract| contract.expire_task(pending)).expect("refunded");
    assert_eq!(balance(&mut world, "alice"), 100 * DEAI);
}

#[test]
fn a_pause_stops_new_work_and_not_what_is_under_way() {
    let mut world = ready();
    let (done, waiting) = (submit(&mut world), submit(&mut world));
    world.call("bob", |contract| contract.accept_task(done, node_key(1))).expect("accepted");
    world.call("owner", |contract| contract.pause()).expect("paused");
    let order = order(&world);
    must_fail(world.call("alice", |contract| contract.submit_task(order)), "ERR_PAUSED");
    must_fail(world.call("bob", |contract| contract.accept_task(waiting, node_key(1))), "ERR_PAUSED");
    world.call("bob", |contract| contract.submit_result(done, Hash([2; 32]), String::new())).expect("completed");
    world.call("alice", |contract| contract.cancel_task(waiting)).expect("cancelled");
}
