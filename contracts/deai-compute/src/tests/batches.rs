use super::ledger::{Ledger, Trees, post, settle};
use super::trees::receipt;
use super::world::{DEAI, HOUR, World, id, must_fail};
use crate::batches::BatchStatus;
use crate::merkle::SumNode;
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;

fn deposited() -> (World, Ledger) {
    let mut world = World::new();
    world.send("alice", 1_000 * DEAI, json!({ "deposit": {} })).expect("deposited");
    (world, Ledger::default())
}

fn claim(world: &mut World, trees: &Trees, index: usize) -> Result<(), String> {
    let item = trees.rewards.item(index);
    world.call("anybody", |contract| drop(contract.claim_rewards(item.leaf, item.proof)))
}

#[test]
fn a_batch_is_posted_becomes_final_and_is_claimed() {
    let (mut world, mut books) = deposited();
    let trees = books.close(1, vec![receipt(1, "alice", "bob", 20 * DEAI, DEAI), receipt(2, "alice", "carol", 5 * DEAI, 0)]);
    post(&mut world, 1, &trees).expect("posted");
    world.must_have_logged("batch_posted");
    must_fail(world.call("watcher", |contract| contract.finalize_batch(1)), "ERR_WINDOW");
    must_fail(claim(&mut world, &trees, 0), "ERR_PROOF");
    world.wait(HOUR);
    world.call("watcher", |contract| contract.finalize_batch(1)).expect("final");
    world.must_have_logged("batch_final");
    must_fail(world.call("watcher", |contract| contract.finalize_batch(1)), "ERR_FINAL");
    claim(&mut world, &trees, 0).expect("on its way");
    assert_eq!(world.settle(true), 20 * DEAI);
    must_fail(claim(&mut world, &trees, 0), "ERR_NOTHING");
    assert_eq!(world.view(|contract| contract.claimed_of(id("bob")).0), 20 * DEAI);
    claim(&mut world, &trees, 2).expect("the treasury's fee");
    assert_eq!(world.settle(true), DEAI);
    let funds = world.view(|contract| contract.funds());
    assert_eq!((funds.escrow.0, funds.rewards.0, funds.paid.0), (974 * DEAI, 5 * DEAI, 21 * DEAI));
}

#[test]
fn one_claim_pays_many_batches_and_a_failed_one_can_be_repeated() {
    let (mut world, mut books) = deposited();
    let mut trees = None;
    for number in 1..=3 {
        let next = books.close(number, vec![receipt(number.into(), "alice", "bob", 10 * DEAI, 0)]);
        settle(&mut world, number, &next);
        trees = Some(next);
    }
    let trees = trees.expect("three batches");
    claim(&mut world, &trees, 0).expect("on its way");
    must_fail(claim(&mut world, &trees, 0), "ERR_IN_FLIGHT");
    assert_eq!(world.settle(false), 0);
    assert_eq!(world.view(|contract| contract.claimed_of(id("bob")).0), 0);
    claim(&mut world, &trees, 0).expect("on its way");
    assert_eq!(world.settle(true), 30 * DEAI);
}

#[test]
fn a_claim_needs_a_registered_account_with_a_valid_name() {
    let (mut world, mut books) = deposited();
    let trees =
        books.close(1, vec![receipt(1, "alice", "Not An Account", 20 * DEAI, 0), receipt(2, "alice", "stranger", DEAI, 0)]);
    settle(&mut world, 1, &trees);
    must_fail(claim(&mut world, &trees, 0), "ERR_ACCOUNT");
    must_fail(claim(&mut world, &trees, 1), "ERR_NOT_REGISTERED");
}

#[test]
fn only_the_bonded_settler_posts_the_next_number() {
    let (mut world, mut books) = deposited();
    let trees = books.close(1, vec![receipt(1, "alice", "bob", 20 * DEAI, DEAI)]);
    let roots = (trees.receipts.root(), trees.rewards.root(), trees.charges.root());
    must_fail(world.call("bob", |contract| contract.post_batch(1, roots.0, roots.1, roots.2)), "ERR_SETTLER");
    must_fail(post(&mut world, 2, &trees), "ERR_NUMBER");
    world.pay("settler", 1, |contract| contract.unbond(Some(U128(11 * DEAI)))).expect("unbonded");
    must_fail(post(&mut world, 1, &trees), "ERR_BOND");
    world.send("settler", DEAI, json!({ "bond": {} })).expect("bonded");
    world.call("owner", |contract| contract.pause()).expect("paused");
    must_fail(post(&mut world, 1, &trees), "ERR_PAUSED");
    world.call("owner", |contract| contract.unpause()).expect("unpaused");
    post(&mut world, 1, &trees).expect("posted");
    must_fail(post(&mut world, 1, &trees), "ERR_NUMBER");
    must_fail(world.pay("settler", 1, |contract| contract.unbond(None)), "ERR_OPEN_BATCHES");
}

#[test]
fn the_totals_of_the_three_roots_must_agree() {
    let (mut world, mut books) = deposited();
    let trees = books.close(1, vec![receipt(1, "alice", "bob", 20 * DEAI, DEAI)]);
    let good = [trees.receipts.root(), trees.rewards.root(), trees.charges.root()];
    let try_with = |world: &mut World, at: usize, change: fn(&mut SumNode)| {
        let mut roots = good.clone();
        change(&mut roots[at]);
        let [receipts, rewards, charges] = roots;
        world.call("settler", |contract| contract.post_batch(1, receipts, rewards, charges))
    };
    for at in 0..3 {
        must_fail(try_with(&mut world, at, |root| root.sums[0].0 += 1), "ERR_TOTALS");
        must_fail(try_with(&mut world, at, |root| root.sums.push(U128(0))), "ERR_ROOT");
        must_fail(try_with(&mut world, at, |root| root.hash = Default::default()), "ERR_ROOT");
    }
    must_fail(try_with(&mut world, 0, |root| root.sums = vec![U128(u128::MAX), U128(u128::MAX)]), "ERR_TOTALS");
    post(&mut world, 1, &trees).expect("posted");
    let fewer = Ledger::default().close(2, Vec::new());
    must_fail(post(&mut world, 2, &fewer), "ERR_TOTALS");
}

#[test]
fn a_batch_without_receipts_lets_time_pass() {
    let (mut world, mut books) = deposited();
    settle(&mut world, 1, &books.close(1, Vec::new()));
    let trees = books.close(2, vec![receipt(1, "alice", "bob", 20 * DEAI, DEAI)]);
    settle(&mut world, 2, &trees);
    settle(&mut world, 3, &books.close(3, Vec::new()));
    assert_eq!(world.view(|contract| contract.stats().last_final), 3);
}

#[test]
fn batches_become_final_in_order() {
    let (mut world, mut books) = deposited();
    for number in 1..=2 {
        let trees = books.close(number, vec![receipt(number.into(), "alice", "bob", DEAI, 0)]);
        post(&mut world, number, &trees).expect("posted");
    }
    world.wait(HOUR);
    must_fail(world.call("watcher", |contract| contract.finalize_batch(2)), "ERR_ORDER");
    must_fail(world.call("watcher", |contract| contract.finalize_batch(3)), "ERR_NO_BATCH");
    must_fail(world.call("watcher", |contract| contract.finalize_batch(0)), "ERR_FINAL");
    world.call("watcher", |contract| contract.finalize_batch(1)).expect("final");
    world.call("watcher", |contract| contract.finalize_batch(2)).expect("final");
}

#[test]
fn a_retracted_batch_takes_the_later_open_ones_along_and_the_next_builds_on_what_stands() {
    let (mut world, mut books) = deposited();
    let mut saved = Vec::new();
    for number in 1..=4 {
        saved.push(books.clone());
        let trees = books.close(number, vec![receipt(number.into(), "alice", "bob", DEAI, 0)]);
        post(&mut world, number, &trees).expect("posted");
    }
    must_fail(world.call("bob", |contract| contract.retract_batch(3)), "ERR_SETTLER");
    world.call("settler", |contract| contract.retract_batch(3)).expect("retracted");
    world.must_have_logged("batch_rejected");
    must_fail(world.call("settler", |contract| contract.retract_batch(4)), "ERR_REJECTED");
    let mut books = saved[2].clone();
    post(&mut world, 5, &books.close(5, vec![receipt(9, "alice", "bob", DEAI, 0)])).expect("posted");
    world.call("owner", |contract| contract.retract_batch(2)).expect("retracted");
    let status: Vec<_> = world.view(|contract| contract.latest_batches(100).iter().map(|batch| batch.status).collect());
    let mut expected = vec![BatchStatus::Rejected; 4];
    expected.push(BatchStatus::Posted);
    assert_eq!(status, expected);
    let mut books = saved[1].clone();
    let six = books.close(6, vec![receipt(2, "alice", "bob", DEAI, 0)]);
    post(&mut world, 6, &six).expect("posted");
    world.wait(HOUR);
    must_fail(world.call("watcher", |contract| contract.finalize_batch(5)), "ERR_REJECTED");
    must_fail(world.call("watcher", |contract| contract.finalize_batch(6)), "ERR_ORDER");
    world.call("watcher", |contract| contract.finalize_batch(1)).expect("final");
    world.call("watcher", |contract| contract.finalize_batch(6)).expect("final");
    claim(&mut world, &six, 0).expect("on its way");
    assert_eq!(world.settle(true), 2 * DEAI);
}

#[test]
fn old_batches_are_pruned_and_their_storage_returns() {
    let (mut world, mut books) = deposited();
    let free = |world: &mut World| world.view(|contract| contract.storage_balance_of(id("settler")).expect("there").available);
    let before = free(&mut world);
    must_fail(world.call("anybody", |contract| contract.prune_batches(10)), "ERR_NOTHING");
    for number in 1..=4 {
        let trees = books.close(number, vec![receipt(number.into(), "alice", "bob", DEAI, 0)]);
        settle(&mut world, number, &trees);
    }
    must_fail(world.call("anybody", |contract| contract.prune_batches(10)), "ERR_NOTHING");
    world.wait(48 * HOUR);
    assert_eq!(world.call("anybody", |contract| contract.prune_batches(2)), Ok(2));
    world.must_have_logged("batches_pruned");
    assert_eq!(world.call("anybody", |contract| contract.prune_batches(10)), Ok(1));
    assert!(world.view(|contract| contract.get_batch(3).is_none() && contract.get_batch(4).is_some()));
    assert_eq!(world.view(|contract| contract.stats().batch_records), 1);
    let one = before.as_yoctonear() - free(&mut world).as_yoctonear();
    assert_eq!(one, u128::from(crate::storage::BATCH_BYTES) * near_sdk::env::storage_byte_cost().as_yoctonear());
}

#[test]
fn a_receipt_is_verified_against_its_batch() {
    let (mut world, mut books) = deposited();
    let trees = books.close(1, (1..=5).map(|number| receipt(number, "alice", "bob", DEAI, 0)).collect());
    let item = trees.receipts.item(3);
    let verify = |world: &mut World, number: u64| {
        world.view(|contract| contract.verify_task(number, item.leaf.clone(), item.proof.clone()))
    };
    assert_eq!(verify(&mut world, 1).batch_status, None);
    post(&mut world, 1, &trees).expect("posted");
    let verdict = verify(&mut world, 1);
    assert!(verdict.valid && verdict.included && verdict.signed && verdict.batch_status == Some(BatchStatus::Posted));
    let mut forged = item.leaf.clone();
    forged.reward = U128(2 * DEAI);
    let verdict = world.view(|contract| contract.verify_task(1, forged, item.proof.clone()));
    assert!(!verdict.valid && !verdict.included && verdict.signed);
    world.call("settler", |contract| contract.retract_batch(1)).expect("retracted");
    assert!(!verify(&mut world, 1).valid && verify(&mut world, 1).included);
}
