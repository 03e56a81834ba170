use super::world::{DEAI, HOUR, NEAR, World, id, must_fail, node_key};
use crate::nodes::NodeStatus;
use crate::storage::{NODE_CHANGE_BYTES, cost_of, price_of};
use near_sdk::serde_json::{Value, json};

fn register(number: u8) -> Value {
    json!({ "register_node": { "node_key": node_key(number) } })
}

#[test]
fn a_node_registers_with_its_stake_and_says_how_it_is() {
    let mut world = World::new();
    must_fail(world.send("bob", 99 * DEAI, register(1)), "ERR_STAKE");
    world.send("bob", 100 * DEAI, register(1)).expect("registered");
    world.must_have_logged("node_registered");
    must_fail(world.send("bob", 100 * DEAI, register(1)), "ERR_NODE_EXISTS");
    world.send("bob", 5 * DEAI, json!({ "add_stake": { "node_key": node_key(1) } })).expect("added");
    world.must_have_logged("stake_added");
    must_fail(world.send("bob", 5 * DEAI, json!({ "add_stake": { "node_key": node_key(2) } })), "ERR_NO_NODE");
    world.wait(HOUR);
    world.call("bob", |contract| contract.heartbeat(node_key(1), NodeStatus::Draining)).expect("heard");
    world.must_have_logged("heartbeat");
    must_fail(world.call("alice", |contract| contract.heartbeat(node_key(1), NodeStatus::Active)), "ERR_NO_NODE");
    let node = world.view(|contract| contract.get_node(id("bob"), node_key(1)).expect("there"));
    assert_eq!((node.stake.0, node.eligible, node.status), (105 * DEAI, false, NodeStatus::Draining));
    assert_eq!(node.heartbeat_at_ms, node.registered_at_ms + HOUR);
}

#[test]
fn a_node_needs_storage_and_gives_it_back_but_for_its_change() {
    let mut world = World::new();
    let min = world.view(|_| cost_of(0));
    world.pay("poor", min, |contract| contract.storage_deposit(None, None)).expect("registered");
    must_fail(world.send("poor", 100 * DEAI, register(1)), "ERR_STORAGE");
    must_fail(world.send("stranger", 100 * DEAI, register(1)), "ERR_NOT_REGISTERED");
    let free = |world: &mut World| {
        world.view(|contract| contract.storage_balance_of(id("bob")).expect("registered").available.as_yoctonear())
    };
    let before = free(&mut world);
    world.send("bob", 100 * DEAI, register(1)).expect("registered");
    assert!(free(&mut world) < before);
    world.pay("bob", 1, |contract| contract.unstake(node_key(1), None)).expect("unstaked");
    world.wait(48 * HOUR);
    world.pay("bob", 1, |contract| drop(contract.withdraw_stake(node_key(1)))).expect("on its way");
    world.settle(true);
    world.must_have_logged("node_removed");
    assert_eq!(before - free(&mut world), world.view(|_| price_of(NODE_CHANGE_BYTES)));
    assert!(world.view(|contract| contract.get_node(id("bob"), node_key(1))).is_none());
}

#[test]
fn stake_leaves_after_the_cool_down_and_a_failed_transfer_restores_it() {
    let mut world = World::new();
    world.send("bob", 150 * DEAI, register(1)).expect("registered");
    let unstake = |world: &mut World, amount: u128| {
        world.pay("bob", 1, |contract| contract.unstake(node_key(1), Some((amount * DEAI).into())))
    };
    must_fail(unstake(&mut world, 0), "ERR_STAKE");
    must_fail(unstake(&mut world, 151), "ERR_STAKE");
    must_fail(unstake(&mut world, 51), "ERR_STAKE");
    must_fail(world.call("bob", |contract| contract.unstake(node_key(1), None)), "1 yocto");
    unstake(&mut world, 50).expect("unstaked");
    world.must_have_logged("unstaked");
    let withdraw = |world: &mut World| world.pay("bob", 1, |contract| drop(contract.withdraw_stake(node_key(1))));
    world.wait(48 * HOUR - 1);
    must_fail(withdraw(&mut world), "ERR_COOLDOWN");
    world.wait(1);
    withdraw(&mut world).expect("on its way");
    must_fail(withdraw(&mut world), "ERR_IN_FLIGHT");
    world.settle(false);
    let node = world.view(|contract| contract.get_node(id("bob"), node_key(1)).expect("there"));
    assert_eq!((node.stake.0, node.unstaking.0), (100 * DEAI, 50 * DEAI));
    withdraw(&mut world).expect("on its way");
    assert_eq!(world.settle(true), 50 * DEAI);
    must_fail(withdraw(&mut world), "ERR_NOTHING");
    assert!(world.view(|contract| contract.get_node(id("bob"), node_key(1)).expect("there").eligible));
}

#[test]
fn the_same_key_of_two_operators_is_two_nodes() {
    let mut world = World::new();
    world.send("bob", 100 * DEAI, register(1)).expect("registered");
    world.send("carol", 200 * DEAI, register(1)).expect("registered");
    let stake =
        |world: &mut World, name: &str| world.view(|contract| contract.get_node(id(name), node_key(1)).expect("there").stake.0);
    assert_eq!((stake(&mut world, "bob"), stake(&mut world, "carol")), (100 * DEAI, 200 * DEAI));
}

#[test]
fn pages_list_every_node_also_after_some_left() {
    let mut world = World::with(crate::config::Config { cooldown_ms: 0, ..super::world::config() });
    world.pay("bob", 100 * NEAR, |contract| contract.storage_deposit(None, None)).expect("registered");
    for number in 1..=7 {
        world.send("bob", 100 * DEAI, register(number)).expect("registered");
    }
    for number in [1, 7, 4] {
        world.pay("bob", 1, |contract| contract.unstake(node_key(number), None)).expect("unstaked");
        world.pay("bob", 1, |contract| drop(contract.withdraw_stake(node_key(number)))).expect("on its way");
        world.settle(true);
    }
    let mut keys: Vec<_> = world.view(|contract| {
        [contract.get_nodes(0, 3), contract.get_nodes(3, 100)].concat().into_iter().map(|node| node.node_key).collect()
    });
    let mut expected: Vec<_> = [2, 3, 5, 6].map(node_key).to_vec();
    keys.sort();
    expected.sort();
    assert_eq!(keys, expected);
    assert_eq!(world.view(|contract| contract.stats().nodes), 4);
    assert!(world.view(|contract| contract.get_nodes(4, 10)).is_empty());
}
