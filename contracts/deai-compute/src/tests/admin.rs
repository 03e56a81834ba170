use super::world::{DEAI, HOUR, World, config, id, must_fail};
use crate::codec::Hash;
use crate::config::{Config, share_of};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;

#[test]
fn only_the_owner_pauses_and_hands_over_in_two_steps() {
    let mut world = World::new();
    must_fail(world.call("mallory", |contract| contract.pause()), "ERR_OWNER");
    must_fail(world.call("owner", |contract| contract.unpause()), "ERR_NOT_PAUSED");
    world.call("owner", |contract| contract.pause()).expect("paused");
    world.must_have_logged("paused");
    must_fail(world.call("owner", |contract| contract.pause()), "ERR_PAUSED");
    must_fail(world.call("mallory", |contract| contract.unpause()), "ERR_OWNER");
    must_fail(world.call("mallory", |contract| contract.propose_owner(Some(id("mallory")))), "ERR_OWNER");
    world.call("owner", |contract| contract.propose_owner(Some(id("heir")))).expect("proposed");
    world.must_have_logged("owner_proposed");
    must_fail(world.call("mallory", |contract| contract.accept_owner()), "ERR_OWNER");
    world.call("heir", |contract| contract.accept_owner()).expect("accepted");
    world.must_have_logged("owner_changed");
    must_fail(world.call("owner", |contract| contract.unpause()), "ERR_OWNER");
    world.call("heir", |contract| contract.unpause()).expect("unpaused");
    world.must_have_logged("unpaused");
    must_fail(world.call("heir", |contract| contract.accept_owner()), "ERR_OWNER");
}

#[test]
fn an_offer_to_another_owner_can_be_taken_back() {
    let mut world = World::new();
    world.call("owner", |contract| contract.propose_owner(Some(id("heir")))).expect("proposed");
    world.call("owner", |contract| contract.propose_owner(None)).expect("taken back");
    must_fail(world.call("heir", |contract| contract.accept_owner()), "ERR_OWNER");
}

#[test]
fn settings_must_make_sense() {
    let mut world = World::new();
    let set = |world: &mut World, config: Config| world.call("owner", |contract| contract.set_config(config));
    let bad = [
        Config { exit_ms: HOUR, ..config() },
        Config { cooldown_ms: 91 * 24 * HOUR, ..config() },
        Config { fee_bps: 10_001, ..config() },
        Config { min_bond: U128(1), ..config() },
        Config { min_stake: U128(0), ..config() },
        Config { lease_ms: 0, ..config() },
        Config { batch_keep_ms: 0, ..config() },
        Config { token: id("other"), ..config() },
        Config { upgrade_delay_ms: 0, ..config() },
    ];
    for config in bad {
        must_fail(set(&mut world, config), "ERR_CONFIG");
    }
    must_fail(set(&mut world, Config { treasury: id("stranger"), ..config() }), "ERR_NOT_REGISTERED");
    must_fail(world.call("mallory", |contract| contract.set_config(config())), "ERR_OWNER");
    set(&mut world, Config { fee_bps: 7, ..config() }).expect("set");
    world.must_have_logged("config_changed");
    assert_eq!(world.view(|contract| contract.get_config().fee_bps), 7);
}

#[test]
fn settings_stay_while_a_batch_is_open_and_a_new_settler_takes_over_the_storage() {
    let mut world = World::new();
    world.send("alice", 100 * DEAI, json!({ "deposit": {} })).expect("deposited");
    let mut books = super::ledger::Ledger::default();
    let trees = books.close(1, vec![super::trees::receipt(1, "alice", "bob", DEAI, 0)]);
    super::ledger::post(&mut world, 1, &trees).expect("posted");
    let change = Config { settler: id("dave"), ..config() };
    must_fail(world.call("owner", |contract| contract.set_config(change.clone())), "ERR_OPEN_BATCHES");
    world.wait(HOUR);
    world.call("watcher", |contract| contract.finalize_batch(1)).expect("final");
    let stranger = Config { settler: id("stranger"), ..config() };
    must_fail(world.call("owner", |contract| contract.set_config(stranger)), "ERR_NOT_REGISTERED");
    world.call("owner", |contract| contract.set_config(change)).expect("set");
    let available =
        |world: &mut World, name: &str| world.view(|contract| contract.storage_balance_of(id(name)).expect("there").available);
    assert!(available(&mut world, "dave") < available(&mut world, "settler"));
    assert_eq!(world.view(|contract| contract.escrow_of(id("settler")).expect("there").balance.0), 60 * DEAI);
    must_fail(world.send("settler", DEAI, json!({ "bond": {} })), "ERR_SETTLER");
    world.send("dave", 60 * DEAI, json!({ "bond": {} })).expect("bonded");
    world.must_have_logged("bond_added");
    must_fail(world.pay("settler", 1, |contract| contract.unbond(None)), "ERR_SETTLER");
    must_fail(world.pay("dave", 1, |contract| contract.unbond(Some(U128(61 * DEAI)))), "ERR_BOND");
    world.pay("dave", 1, |contract| contract.unbond(None)).expect("unbonded");
    world.must_have_logged("unbonded");
}

#[test]
fn an_upgrade_must_be_announced_and_be_the_announced_code() {
    let mut world = World::new();
    must_fail(world.call("mallory", |contract| contract.announce_upgrade(Some(Hash([1; 32])))), "ERR_OWNER");
    must_fail(world.call("mallory", |contract| drop(contract.upgrade())), "ERR_OWNER");
    must_fail(world.call("owner", |contract| drop(contract.upgrade())), "ERR_UPGRADE");
    world.call("owner", |contract| contract.announce_upgrade(Some(Hash([1; 32])))).expect("announced");
    world.must_have_logged("upgrade_announced");
    must_fail(world.call("owner", |contract| drop(contract.upgrade())), "the announced time has not come");
    world.wait(48 * HOUR);
    must_fail(world.call("owner", |contract| drop(contract.upgrade())), "this is not the announced code");
    let empty = world.view(|_| Hash(near_sdk::env::sha256_array(b"")));
    world.call("owner", |contract| contract.announce_upgrade(Some(empty))).expect("announced");
    world.wait(48 * HOUR);
    world.call("owner", |contract| drop(contract.upgrade())).expect("deployed");
    world.must_have_logged("upgraded");
    must_fail(world.call("owner", |contract| drop(contract.upgrade())), "ERR_UPGRADE");
}

#[test]
fn shares_are_exact_for_any_amount() {
    assert_eq!(share_of(10_000, 1), 1);
    assert_eq!(share_of(9_999, 1), 0);
    assert_eq!(share_of(u128::MAX, 10_000), u128::MAX);
    assert_eq!(share_of(123_456_789, 2_500), 30_864_197);
}
