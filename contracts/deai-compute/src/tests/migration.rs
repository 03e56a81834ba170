use super::reader::Reader;
use super::world::{DEAI, World, config, id, must_fail, node_key};
use crate::migrate::{ProgressV1, StateV1};
use crate::{Contract, STATE_VERSION};
use near_sdk::serde_json::json;
use near_sdk::{borsh, env};

fn state_v1(world: &World) -> StateV1 {
    StateV1 {
        version: 1,
        config: config(),
        owner: id("owner"),
        proposed_owner: Some(id("heir")),
        paused: true,
        funds: world.contract.funds.clone(),
        progress: ProgressV1 { posted: 5, head: 4, last_final: 3, last_final_at_ms: 77, epoch: 1 },
        nodes: 1,
        next_task: 3,
        next_slash: 9,
    }
}

fn migrate(world: &mut World, state: Vec<u8>) -> Result<(), String> {
    world.run("compute", 0, Vec::new(), |contract| {
        env::storage_write(b"STATE", &state);
        *contract = Contract::migrate();
    })
}

#[test]
fn the_state_of_layout_1_is_brought_over_with_its_funds_and_records() {
    let mut world = World::new();
    world.send("alice", 50 * DEAI, json!({ "balance": {} })).expect("funded");
    world.send("carol", 7 * DEAI, json!({ "deposit": {} })).expect("deposited");
    world.send("bob", 100 * DEAI, json!({ "register_node": { "node_key": node_key(1) } })).expect("registered");
    for _ in 0..2 {
        let order = super::tasks::order(&world);
        world.call("alice", |contract| contract.submit_task(order)).expect("submitted");
    }
    let funds = world.contract.funds.clone();
    let old = borsh::to_vec(&state_v1(&world)).expect("state");
    world.drop_change_log();
    migrate(&mut world, old).expect("migrated");
    world.must_have_logged("migrated");
    let stats = world.view(|contract| contract.stats());
    assert_eq!(
        (stats.version, stats.owner, stats.proposed_owner, stats.paused),
        (STATE_VERSION, id("owner"), Some(id("heir")), true)
    );
    assert_eq!((stats.posted, stats.head, stats.last_final, stats.batch_records), (5, 4, 3, 5));
    assert_eq!((stats.nodes, stats.open_tasks, stats.next_task, stats.next_slash), (1, 2, 3, 9));
    assert_eq!(world.contract.funds, funds);
    world.call("alice", |contract| contract.cancel_task(1)).expect("the records are there");
    let mut reader = Reader::default();
    assert_eq!(reader.catch_up(&mut world, 9), 1, "nodes are in the log");
    reader.must_know_node(&mut world, "bob", 1);
    world.call("owner", |contract| contract.unpause()).expect("goes on");
    world.send("alice", 1, json!({ "deposit": { "account_id": "carol.near" } })).expect("deposited");
    assert_eq!(reader.catch_up(&mut world, 9), 1, "accounts enter it with their next change");
    reader.must_know_account(&mut world, "carol");
}

#[test]
fn the_present_layout_stays_as_it_is_and_others_are_refused() {
    let mut world = World::new();
    let state = borsh::to_vec(&world.contract).expect("state");
    migrate(&mut world, state.clone()).expect("migrated");
    assert_eq!(borsh::to_vec(&world.contract).expect("state"), state);
    let mut future = state.clone();
    future[0] = 3;
    must_fail(migrate(&mut world, future), "ERR_STATE");
    must_fail(migrate(&mut world, state[..20].to_vec()), "ERR_STATE");
    let stranger = world.call("owner", |contract| {
        env::storage_write(b"STATE", &state);
        *contract = Contract::migrate();
    });
    must_fail(stranger, "ERR_PRIVATE");
}
