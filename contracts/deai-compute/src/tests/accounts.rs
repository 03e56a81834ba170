use super::world::{DEAI, NEAR, World, id, must_fail};
use crate::storage::cost_of;
use near_sdk::NearToken;
use near_sdk::serde_json::json;

#[test]
fn registration_takes_the_minimum_and_returns_the_rest_if_asked() {
    let mut world = World::bare();
    let min = world.view(|contract| contract.storage_balance_bounds().min.as_yoctonear());
    let paid = world.pay("alice", NEAR, |contract| contract.storage_deposit(None, Some(true))).expect("registered");
    assert_eq!((paid.total.as_yoctonear(), paid.available.as_yoctonear()), (min, 0));
    world.must_have_logged("storage_deposited");
    must_fail(world.pay("bob", min - 1, |contract| contract.storage_deposit(None, None)), "ERR_STORAGE");
    let again = world.pay("alice", NEAR, |contract| contract.storage_deposit(None, Some(true))).expect("kept");
    assert_eq!(again.total.as_yoctonear(), min);
}

#[test]
fn anybody_can_register_somebody_and_unused_near_can_be_taken_back() {
    let mut world = World::bare();
    world.pay("alice", NEAR, |contract| contract.storage_deposit(Some(id("bob")), None)).expect("registered");
    assert!(world.view(|contract| contract.storage_balance_of(id("alice"))).is_none());
    must_fail(world.pay("bob", 0, |contract| contract.storage_withdraw(None)), "1 yocto");
    must_fail(world.pay("bob", 1, |contract| contract.storage_withdraw(Some(NearToken::from_near(1)))), "ERR_STORAGE");
    let left = world.pay("bob", 1, |contract| contract.storage_withdraw(None)).expect("withdrawn");
    let min = world.view(|_| cost_of(0));
    assert_eq!((left.total.as_yoctonear(), left.available.as_yoctonear()), (min, 0));
    must_fail(world.pay("carol", 1, |contract| contract.storage_withdraw(None)), "ERR_NOT_REGISTERED");
}

#[test]
fn an_account_leaves_only_with_nothing_held_for_it() {
    let mut world = World::new();
    must_fail(world.pay("alice", 1, |contract| contract.storage_unregister(Some(true))), "ERR_STORAGE");
    world.send("alice", DEAI, json!({ "balance": {} })).expect("sent");
    must_fail(world.pay("alice", 1, |contract| contract.storage_unregister(None)), "ERR_STORAGE");
    world.pay("alice", 1, |contract| drop(contract.withdraw_balance(None))).expect("sent out");
    must_fail(world.pay("alice", 1, |contract| contract.storage_unregister(None)), "ERR_STORAGE");
    world.settle(true);
    assert!(world.pay("alice", 1, |contract| contract.storage_unregister(None)).expect("left"));
    assert!(!world.pay("alice", 1, |contract| contract.storage_unregister(None)).expect("nothing to leave"));
    must_fail(world.pay("treasury", 1, |contract| contract.storage_unregister(None)), "treasury");
    must_fail(world.pay("settler", 1, |contract| contract.storage_unregister(None)), "unbond");
}

#[test]
fn only_the_token_brings_tokens_and_what_is_not_understood_returns() {
    let mut world = World::new();
    let call = world.call("mallory", |contract| {
        let _ = contract.ft_on_transfer(id("alice"), DEAI.into(), "{\"balance\":{}}".to_string());
    });
    must_fail(call, "ERR_TOKEN");
    for msg in [
        json!(""),
        json!({}),
        json!({ "gift": {} }),
        json!({ "balance": { "to": "alice.near" } }),
        json!({ "register_node": {} }),
    ] {
        assert_eq!(world.send("alice", DEAI, msg), Ok(DEAI));
    }
    must_fail(world.send("stranger", DEAI, json!({ "balance": {} })), "ERR_NOT_REGISTERED");
    must_fail(world.send("alice", DEAI, json!({ "bond": {} })), "ERR_SETTLER");
    let funds = world.view(|contract| contract.funds());
    assert_eq!(funds.received, funds.bond);
}

#[test]
fn tokens_can_be_sent_for_somebody_else() {
    let mut world = World::new();
    world.send("alice", 3 * DEAI, json!({ "balance": { "account_id": "bob.near" } })).expect("sent");
    world.must_have_logged("balance_added");
    world.send("alice", 4 * DEAI, json!({ "deposit": { "account_id": "carol.near" } })).expect("sent");
    world.must_have_logged("deposited");
    let of = |world: &mut World, name: &str| world.view(|contract| contract.escrow_of(id(name)).expect("registered"));
    assert_eq!(of(&mut world, "bob").balance.0, 3 * DEAI);
    assert_eq!(of(&mut world, "carol").escrow.0, 4 * DEAI);
    assert_eq!(of(&mut world, "alice").balance.0, 0);
    assert!(world.view(|contract| contract.escrow_of(id("stranger"))).is_none());
}

#[test]
fn a_failed_transfer_restores_the_balance_and_another_cannot_start_meanwhile() {
    let mut world = World::new();
    world.send("alice", 5 * DEAI, json!({ "balance": {} })).expect("sent");
    must_fail(world.pay("alice", 1, |contract| drop(contract.withdraw_balance(Some((6 * DEAI).into())))), "ERR_BALANCE");
    world.pay("alice", 1, |contract| drop(contract.withdraw_balance(Some((2 * DEAI).into())))).expect("on its way");
    must_fail(world.pay("alice", 1, |contract| drop(contract.withdraw_balance(None))), "ERR_IN_FLIGHT");
    assert_eq!(world.view(|contract| contract.funds()).in_flight.0, 2 * DEAI);
    assert_eq!(world.settle(false), 0);
    world.must_have_logged("payment_restored");
    let account = world.view(|contract| contract.escrow_of(id("alice")).expect("registered"));
    assert_eq!((account.balance.0, account.in_flight.0), (5 * DEAI, 0));
    world.pay("alice", 1, |contract| drop(contract.withdraw_balance(None))).expect("on its way");
    assert_eq!(world.settle(true), 5 * DEAI);
    world.must_have_logged("paid");
    must_fail(world.pay("alice", 1, |contract| drop(contract.withdraw_balance(None))), "ERR_NOTHING");
}

#[test]
fn the_callback_is_the_contracts_alone() {
    let mut world = World::new();
    let call = world.call("mallory", |contract| contract.on_paid(id("alice"), DEAI.into(), crate::payout::Source::Balance));
    must_fail(call, "ERR_PRIVATE");
}
