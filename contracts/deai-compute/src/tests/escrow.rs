use super::ledger::{Ledger, post, settle};
use super::trees::receipt;
use super::world::{DEAI, HOUR, World, id, must_fail};
use crate::leaves::ChargesLeaf;
use crate::merkle::{Gap, Presence};
use near_sdk::serde_json::json;

fn request(world: &mut World, name: &str, amount: Option<u128>) -> Result<(), String> {
    world.pay(name, 1, |contract| contract.request_withdraw(amount.map(|amount| (amount * DEAI).into())))
}

fn withdraw(world: &mut World, name: &str, charges: Presence<ChargesLeaf>) -> Result<(), String> {
    world.pay(name, 1, |contract| drop(contract.withdraw(charges)))
}

fn nothing() -> Presence<ChargesLeaf> {
    Presence::Absent(Gap { before: None, after: None })
}

fn deposited() -> World {
    let mut world = World::new();
    world.send("alice", 100 * DEAI, json!({ "deposit": {} })).expect("deposited");
    world.send("carol", 100 * DEAI, json!({ "deposit": {} })).expect("deposited");
    world
}

#[test]
fn a_withdrawal_is_paid_once_a_batch_posted_after_it_is_final() {
    let (mut world, mut books) = (deposited(), Ledger::default());
    books.know("carol");
    must_fail(withdraw(&mut world, "alice", nothing()), "ERR_NO_REQUEST");
    must_fail(request(&mut world, "alice", Some(101)), "ERR_ESCROW");
    must_fail(world.call("alice", |contract| contract.request_withdraw(None)), "1 yocto");
    request(&mut world, "alice", None).expect("requested");
    world.must_have_logged("withdraw_requested");
    must_fail(withdraw(&mut world, "alice", nothing()), "ERR_NOT_DUE");
    let early = books.close(1, vec![receipt(1, "alice", "bob", 20 * DEAI, DEAI)]);
    settle(&mut world, 1, &early);
    must_fail(withdraw(&mut world, "alice", Presence::Present(early.charges.item(0))), "ERR_NOT_DUE");
    world.wait(1);
    let later = books.close(2, vec![receipt(2, "alice", "bob", 9 * DEAI, 0)]);
    settle(&mut world, 2, &later);
    must_fail(withdraw(&mut world, "alice", Presence::Present(early.charges.item(0))), "ERR_PROOF");
    must_fail(withdraw(&mut world, "alice", Presence::Present(later.charges.item(1))), "ERR_PROOF");
    must_fail(withdraw(&mut world, "alice", nothing()), "ERR_PROOF");
    withdraw(&mut world, "alice", Presence::Present(later.charges.item(0))).expect("on its way");
    assert_eq!(world.settle(true), 70 * DEAI);
    must_fail(withdraw(&mut world, "alice", Presence::Present(later.charges.item(0))), "ERR_NO_REQUEST");
    request(&mut world, "alice", None).expect("requested");
    world.wait(25 * HOUR);
    must_fail(withdraw(&mut world, "alice", Presence::Present(later.charges.item(0))), "ERR_NOTHING");
}

#[test]
fn a_silent_settler_cannot_keep_a_deposit() {
    let mut world = deposited();
    request(&mut world, "alice", Some(30)).expect("requested");
    world.wait(24 * HOUR - 1);
    must_fail(withdraw(&mut world, "alice", nothing()), "ERR_NOT_DUE");
    world.wait(1);
    withdraw(&mut world, "alice", nothing()).expect("on its way");
    assert_eq!(world.settle(true), 30 * DEAI);
    assert_eq!(world.view(|contract| contract.escrow_of(id("alice")).expect("there").escrow.0), 70 * DEAI);
}

#[test]
fn an_account_that_the_settler_left_out_leaves_with_a_proof_of_absence() {
    let (mut world, mut books) = (deposited(), Ledger::default());
    let trees = books.close(1, vec![receipt(1, "alice", "bob", 20 * DEAI, DEAI)]);
    request(&mut world, "carol", None).expect("requested");
    world.wait(HOUR + 1);
    settle(&mut world, 1, &trees);
    let gap = trees.charges.gap("carol.near");
    must_fail(withdraw(&mut world, "carol", Presence::Absent(Gap { before: None, after: None })), "ERR_PROOF");
    withdraw(&mut world, "carol", Presence::Absent(gap)).expect("on its way");
    assert_eq!(world.settle(true), 100 * DEAI);
}

#[test]
fn a_failed_withdrawal_restores_escrow_and_request() {
    let mut world = deposited();
    request(&mut world, "alice", Some(30)).expect("requested");
    let before = world.view(|contract| (contract.escrow_of(id("alice")), contract.funds()));
    world.wait(24 * HOUR);
    withdraw(&mut world, "alice", nothing()).expect("on its way");
    must_fail(request(&mut world, "alice", None), "ERR_IN_FLIGHT");
    world.settle(false);
    let after = world.view(|contract| (contract.escrow_of(id("alice")), contract.funds()));
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

#[test]
fn a_request_can_be_taken_back() {
    let mut world = deposited();
    must_fail(world.pay("alice", 1, |contract| contract.cancel_withdraw()), "ERR_NO_REQUEST");
    request(&mut world, "alice", None).expect("requested");
    world.pay("alice", 1, |contract| contract.cancel_withdraw()).expect("taken back");
    world.must_have_logged("withdraw_cancelled");
    world.wait(24 * HOUR);
    must_fail(withdraw(&mut world, "alice", nothing()), "ERR_NO_REQUEST");
}

#[test]
fn withdrawals_cannot_exceed_what_charges_left_in_escrow() {
    let (mut world, mut books) = (deposited(), Ledger::default());
    // Charged beyond the deposit, and nobody challenged it in time: the last to leave meets the hole, not a wrong total.
    let trees = books.close(1, vec![receipt(1, "alice", "bob", 150 * DEAI, 0)]);
    settle(&mut world, 1, &trees);
    request(&mut world, "carol", None).expect("requested");
    world.wait(24 * HOUR);
    must_fail(withdraw(&mut world, "carol", Presence::Absent(trees.charges.gap("carol.near"))), "ERR_ESCROW");
    let two = books.close(2, vec![receipt(2, "alice", "bob", 60 * DEAI, 0)]);
    must_fail(post(&mut world, 2, &two), "ERR_ESCROW");
}

#[test]
fn a_pause_stops_deposits_and_not_withdrawals() {
    let mut world = deposited();
    world.call("owner", |contract| contract.pause()).expect("paused");
    must_fail(world.send("alice", DEAI, json!({ "deposit": {} })), "ERR_PAUSED");
    request(&mut world, "alice", None).expect("requested");
    world.wait(24 * HOUR);
    withdraw(&mut world, "alice", nothing()).expect("on its way");
    assert_eq!(world.settle(true), 100 * DEAI);
}
