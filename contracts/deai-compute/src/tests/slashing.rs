use super::trees::{signed, unsigned, uuid};
use super::world::{DEAI, HOUR, World, id, must_fail, node_key};
use crate::codec::Hash;
use crate::leaves::SignedResult;
use crate::merkle::leaf_hash;
use crate::slash::{Evidence, SlashStatus};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;

/// Bob has a node with 200 tokens at stake.
fn ready() -> World {
    let mut world = World::new();
    world.send("bob", 200 * DEAI, json!({ "register_node": { "node_key": node_key(1) } })).expect("registered");
    world
}

/// A result of one attempt, signed by one of the node keys.
pub fn result(output: &[u8], signer: u8, others: u8) -> SignedResult {
    let mut receipt = unsigned(7, "alice", "bob", 1, 0);
    receipt.output_hash = leaf_hash(output);
    let receipt = signed(receipt, signer, others);
    SignedResult {
        output_hash: receipt.output_hash,
        units: receipt.units,
        started_at_ms: receipt.started_at_ms,
        run_ms: receipt.run_ms,
        path: receipt.path,
        signature: receipt.signature,
    }
}

/// Both as evidence.
pub fn equivocation(first: SignedResult, second: SignedResult) -> Evidence {
    Evidence::Equivocation { task_id: uuid(7), lease_id: uuid(1_000_007), first, second }
}

fn slash(world: &mut World, who: &str, evidence: Evidence) -> Result<u64, String> {
    world.call(who, |contract| contract.slash(id("bob"), node_key(1), evidence))
}

fn verdict(amount: u128, evidence: u8) -> Evidence {
    Evidence::Verdict { amount: U128(amount * DEAI), evidence_hash: Hash([evidence; 32]), reporter: Some(id("watcher")) }
}

fn balance(world: &mut World, name: &str) -> u128 {
    world.view(|contract| contract.escrow_of(id(name)).expect("registered").balance.0)
}

fn status(world: &mut World, slash_id: u64) -> SlashStatus {
    world.view(|contract| contract.get_slash(slash_id).expect("there").status)
}

fn stake(world: &mut World) -> (u128, u128, u128) {
    let node = world.view(|contract| contract.get_node(id("bob"), node_key(1)).expect("there"));
    (node.stake.0, node.unstaking.0, node.locked.0)
}

#[test]
fn two_signed_outputs_of_one_attempt_cost_the_stake_at_once() {
    let mut world = ready();
    world.wait(HOUR);
    world.pay("bob", 1, |contract| contract.unstake(node_key(1), Some(U128(100 * DEAI)))).expect("unstaked");
    let evidence = equivocation(result(b"one", 1, 0), result(b"two", 1, 3));
    assert_eq!(slash(&mut world, "watcher", evidence.clone()), Ok(1));
    world.must_have_logged("node_slashed");
    assert_eq!(stake(&mut world), (0, 0, 0));
    assert_eq!((balance(&mut world, "watcher"), balance(&mut world, "treasury")), (20 * DEAI, 180 * DEAI));
    assert_eq!(status(&mut world, 1), SlashStatus::Executed);
    must_fail(slash(&mut world, "carol", evidence), "ERR_EVIDENCE_USED");
    world.pay("bob", 1, |contract| drop(contract.withdraw_stake(node_key(1)))).expect("nothing left: removed");
    world.must_have_logged("node_removed");
}

#[test]
fn evidence_that_shows_no_equivocation_is_refused() {
    let mut world = ready();
    let (one, two) = (result(b"one", 1, 2), result(b"two", 1, 3));
    must_fail(slash(&mut world, "watcher", equivocation(one.clone(), result(b"one", 1, 3))), "ERR_EVIDENCE");
    must_fail(slash(&mut world, "watcher", equivocation(one.clone(), result(b"two", 2, 3))), "ERR_EVIDENCE");
    let mut forged = two.clone();
    forged.output_hash = leaf_hash(b"three");
    must_fail(slash(&mut world, "watcher", equivocation(one.clone(), forged)), "ERR_EVIDENCE");
    let other_task =
        Evidence::Equivocation { task_id: uuid(8), lease_id: uuid(1_000_007), first: one.clone(), second: two.clone() };
    must_fail(slash(&mut world, "watcher", other_task), "ERR_EVIDENCE");
    let evidence = equivocation(one, two);
    must_fail(slash(&mut world, "stranger", evidence.clone()), "ERR_NOT_REGISTERED");
    let call = world.call("watcher", |contract| contract.slash(id("carol"), node_key(1), evidence));
    must_fail(call, "ERR_NO_NODE");
    assert_eq!(stake(&mut world), (200 * DEAI, 0, 0));
}

#[test]
fn a_verdict_waits_for_the_appeal_window_and_locks_stake_meanwhile() {
    let mut world = ready();
    must_fail(slash(&mut world, "owner", verdict(50, 1)), "ERR_ARBITER");
    must_fail(slash(&mut world, "arbiter", verdict(201, 1)), "ERR_STAKE");
    must_fail(slash(&mut world, "arbiter", verdict(0, 1)), "ERR_STAKE");
    let slash_id = slash(&mut world, "arbiter", verdict(150, 1)).expect("proposed");
    world.must_have_logged("slash_proposed");
    must_fail(slash(&mut world, "arbiter", verdict(51, 2)), "ERR_STAKE");
    must_fail(slash(&mut world, "arbiter", verdict(50, 1)), "ERR_EVIDENCE_USED");
    world.pay("bob", 1, |contract| contract.unstake(node_key(1), None)).expect("unstaked");
    must_fail(world.call("anybody", |contract| contract.execute_slash(slash_id)), "ERR_WINDOW");
    world.wait(48 * HOUR);
    world.pay("bob", 1, |contract| drop(contract.withdraw_stake(node_key(1)))).expect("what is free");
    assert_eq!(world.settle(true), 50 * DEAI);
    assert_eq!(stake(&mut world), (0, 150 * DEAI, 150 * DEAI));
    world.call("anybody", |contract| contract.execute_slash(slash_id)).expect("executed");
    assert_eq!(stake(&mut world), (0, 0, 0));
    assert_eq!((balance(&mut world, "watcher"), balance(&mut world, "treasury")), (15 * DEAI, 135 * DEAI));
    must_fail(world.call("anybody", |contract| contract.execute_slash(slash_id)), "ERR_STATUS");
    must_fail(world.call("anybody", |contract| contract.execute_slash(9)), "ERR_NO_SLASH");
}

#[test]
fn an_appeal_is_the_operators_and_the_owner_decides() {
    let mut world = ready();
    for (upheld, expected) in [(true, SlashStatus::Upheld), (false, SlashStatus::Overturned)] {
        let slash_id = slash(&mut world, "arbiter", verdict(50, u8::from(upheld))).expect("proposed");
        must_fail(world.call("carol", |contract| contract.appeal(slash_id, Hash([9; 32]))), "ERR_OPERATOR");
        must_fail(world.call("owner", |contract| contract.resolve_appeal(slash_id, upheld)), "ERR_STATUS");
        world.call("bob", |contract| contract.appeal(slash_id, Hash([9; 32]))).expect("appealed");
        world.must_have_logged("slash_appealed");
        must_fail(world.call("bob", |contract| contract.appeal(slash_id, Hash([9; 32]))), "ERR_STATUS");
        must_fail(world.call("arbiter", |contract| contract.resolve_appeal(slash_id, upheld)), "ERR_OWNER");
        must_fail(world.call("anybody", |contract| contract.execute_slash(slash_id)), "ERR_WINDOW");
        world.call("owner", |contract| contract.resolve_appeal(slash_id, upheld)).expect("resolved");
        world.must_have_logged(if upheld { "slash_upheld" } else { "slash_overturned" });
        assert_eq!(status(&mut world, slash_id), expected);
    }
    world.call("anybody", |contract| contract.execute_slash(1)).expect("executed");
    must_fail(world.call("anybody", |contract| contract.execute_slash(2)), "ERR_STATUS");
    assert_eq!(stake(&mut world), (150 * DEAI, 0, 0));
    assert_eq!(world.view(|contract| contract.slashes(0, 10)).len(), 2);
}

#[test]
fn a_late_appeal_is_refused_and_an_unresolved_one_lets_the_verdict_lapse() {
    let mut world = ready();
    let late = slash(&mut world, "arbiter", verdict(50, 1)).expect("proposed");
    world.wait(24 * HOUR);
    must_fail(world.call("bob", |contract| contract.appeal(late, Hash([9; 32]))), "ERR_WINDOW");
    let slash_id = slash(&mut world, "arbiter", verdict(50, 2)).expect("proposed");
    world.call("bob", |contract| contract.appeal(slash_id, Hash([9; 32]))).expect("appealed");
    world.wait(72 * HOUR);
    must_fail(world.call("owner", |contract| contract.resolve_appeal(slash_id, true)), "ERR_WINDOW");
    world.call("anybody", |contract| contract.execute_slash(slash_id)).expect("lapsed");
    world.must_have_logged("slash_lapsed");
    assert_eq!(stake(&mut world), (200 * DEAI, 0, 50 * DEAI));
    world.call("anybody", |contract| contract.execute_slash(late)).expect("executed");
    assert_eq!(stake(&mut world), (150 * DEAI, 0, 0));
}

#[test]
fn a_verdict_after_equivocation_finds_nothing_to_take_and_still_closes() {
    let mut world = ready();
    let slash_id = slash(&mut world, "arbiter", verdict(50, 1)).expect("proposed");
    slash(&mut world, "watcher", equivocation(result(b"one", 1, 0), result(b"two", 1, 0))).expect("slashed");
    world.wait(24 * HOUR);
    must_fail(world.pay("bob", 1, |contract| drop(contract.withdraw_stake(node_key(1)))), "ERR_NOTHING");
    world.call("anybody", |contract| contract.execute_slash(slash_id)).expect("closed");
    assert_eq!(world.view(|contract| contract.get_slash(slash_id).expect("there").amount.0), 0);
    world.pay("bob", 1, |contract| drop(contract.withdraw_stake(node_key(1)))).expect("removed");
}
