//! Funds in = funds held + funds out, after every call of random sequences: failing calls, failing transfers, forged batches and
//! time included. Each part of the funds is also recomputed from the records, and a reader of the change log has what the views show.

use super::ledger::{Ledger, Trees, post};
use super::reader::Reader;
use super::trees::{receipt, unsigned};
use super::world::{DEAI, HOUR, World, config, id, node_key};
use crate::challenge::Proof;
use crate::codec::Hash;
use crate::config::Config;
use crate::merkle::Presence;
use crate::nodes::NodeStatus;
use crate::slash::Evidence;
use crate::tables::{ACCOUNTS, NODES, TASKS};
use crate::tasks::{TaskOrder, TaskStatus};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];
const EVERYBODY: [&str; 8] = ["alice", "bob", "carol", "dave", "settler", "arbiter", "watcher", "treasury"];
/// Nodes are told apart by operator and key, so everybody has one node by it.
const KEY: u8 = 1;

/// One step: which call, by whom, and a number that it uses as it likes.
#[derive(Clone, Debug)]
struct Step {
    call: u8,
    who: usize,
    number: u64,
}

struct Game {
    world: World,
    books: Ledger,
    /// Books and trees of the batches that stand, by number.
    posted: BTreeMap<u64, (Ledger, Trees)>,
    /// What the token contract has for this one.
    token_balance: u128,
    evidence: u8,
    receipts: u128,
    /// Reads the change log after every call.
    reader: Reader,
    /// Reads an entry of it now and then, so that it stops at entries that move on.
    slow_reader: Reader,
}

impl Game {
    fn new() -> Self {
        let settings = Config {
            min_stake: U128(20 * DEAI),
            cooldown_ms: 2 * HOUR,
            exit_ms: 3 * HOUR,
            batch_keep_ms: HOUR,
            appeal_ms: HOUR,
            resolve_ms: HOUR,
            ..config()
        };
        let mut world = World::with(settings);
        for name in EVERYBODY {
            world.register(name);
        }
        Self {
            world,
            books: Ledger::default(),
            posted: BTreeMap::new(),
            token_balance: 0,
            evidence: 0,
            receipts: 0,
            reader: Reader::default(),
            slow_reader: Reader::default(),
        }
    }

    fn send(&mut self, who: &str, amount: u128, msg: near_sdk::serde_json::Value) {
        if let Ok(unused) = self.world.send(who, amount, msg) {
            self.token_balance += amount - unused;
        }
    }

    /// Ends a transfer; the token's balance falls if it succeeds.
    fn settle(&mut self, success: bool) {
        if !self.world.payouts.is_empty() {
            self.token_balance -= self.world.settle(success);
        }
    }

    fn restore_books(&mut self) {
        let head = self.world.view(|contract| contract.stats().head);
        self.posted.retain(|&number, _| number <= head);
        self.books = self.posted.last_key_value().map(|(_, (books, _))| books.clone()).unwrap_or_default();
    }

    fn final_trees(&mut self) -> Option<Trees> {
        let last = self.world.view(|contract| contract.stats().last_final);
        self.posted.get(&last).map(|(_, trees)| trees.clone())
    }

    fn post(&mut self, step: &Step) {
        let number = self.world.view(|contract| contract.stats().posted) + 1;
        let mut receipts = Vec::new();
        for at in 0..step.number % 4 {
            self.receipts += 1;
            let (payer, payee) = (NAMES[(step.who + at as usize) % 4], NAMES[(step.number / 4 + at) as usize % 4]);
            let reward = u128::from(step.number % 50) * DEAI / 3;
            let forge = step.number.is_multiple_of(11);
            let make = if forge { unsigned } else { receipt };
            receipts.push(make(self.receipts, payer, payee, reward, reward / 10));
        }
        let mut books = self.books.clone();
        let trees = books.close(number, receipts);
        if post(&mut self.world, number, &trees).is_ok() {
            self.posted.insert(number, (books.clone(), trees));
            self.books = books;
        }
    }

    fn challenge(&mut self, step: &Step) {
        let Some((&number, (_, trees))) = self.posted.iter().rev().nth(step.number as usize % 3) else { return };
        let trees = trees.clone();
        let at = step.number as usize;
        let count = trees.receipts.leaves.len();
        let proof = if step.number.is_multiple_of(2) && count > 0 {
            Proof::BadSignature(Box::new(trees.receipts.item(at % count)))
        } else if !trees.charges.leaves.is_empty() {
            Proof::Unfunded(trees.charges.item(at % trees.charges.leaves.len()))
        } else {
            return;
        };
        if self.world.call(NAMES[step.who], |contract| contract.challenge(number, proof)).is_ok() {
            self.restore_books();
        }
    }

    fn leave(&mut self, who: &str) {
        let trees = self.final_trees().unwrap_or_else(|| Ledger::default().trees(Vec::new()));
        let account = format!("{who}.near");
        let charges = match trees.charges.leaves.iter().position(|leaf| leaf.account == account) {
            Some(index) => Presence::Present(trees.charges.item(index)),
            None => Presence::Absent(trees.charges.gap(&account)),
        };
        let _ = self.world.pay(who, 1, |contract| drop(contract.withdraw(charges)));
    }

    fn claim(&mut self, step: &Step) {
        let Some(trees) = self.final_trees() else { return };
        if !trees.rewards.leaves.is_empty() {
            let item = trees.rewards.item(step.number as usize % trees.rewards.leaves.len());
            let _ = self.world.call("anybody", |contract| drop(contract.claim_rewards(item.leaf, item.proof)));
        }
    }

    fn slash(&mut self, step: &Step) {
        self.evidence = self.evidence.wrapping_add(1);
        let evidence = Evidence::Verdict {
            amount: U128(u128::from(step.number % 40) * DEAI),
            evidence_hash: Hash([self.evidence; 32]),
            reporter: Some(id(NAMES[(step.number % 4) as usize])),
        };
        let key = node_key(KEY);
        let _ = self.world.call("arbiter", |contract| contract.slash(id(NAMES[step.who]), key, evidence));
    }

    fn task(&mut self, step: &Step) {
        let who = NAMES[step.who];
        let task = self.world.contract.next_task.saturating_sub(1 + step.number / 8 % 3);
        let key = node_key(KEY);
        let order = TaskOrder {
            kind: "wasm".to_string(),
            model: String::new(),
            input_hash: Hash::default(),
            input_uri: String::new(),
            reward: U128(u128::from(step.number % 40 + 1) * DEAI),
            deadline_ms: self.world.now_ms + 3 * HOUR,
            operator: None,
        };
        let world = &mut self.world;
        let _ = match step.number % 8 {
            0..=2 => world.call(who, |contract| {
                contract.submit_task(order);
            }),
            3 | 4 => world.call(who, |contract| contract.accept_task(task, key)),
            5 => world.call(who, |contract| contract.submit_result(task, Hash::default(), String::new())),
            6 => world.call(who, |contract| contract.expire_task(task)),
            _ => world.call(who, |contract| contract.cancel_task(task)),
        };
    }

    fn play(&mut self, step: &Step) {
        let who = NAMES[step.who];
        let amount = u128::from(step.number % 200 + 1) * DEAI;
        let key = node_key(KEY);
        let slash = self.world.contract.next_slash.saturating_sub(1 + step.number % 2);
        let some = (!step.number.is_multiple_of(3)).then_some(U128(amount));
        match step.call {
            0 | 1 => self.send(who, amount, json!({ "deposit": {} })),
            2 => self.send(who, amount, json!({ "balance": {} })),
            3 => self.send(who, amount, json!({ "register_node": { "node_key": key } })),
            4 => self.send(who, amount, json!({ "add_stake": { "node_key": key } })),
            5 | 6 => self.send("settler", amount, json!({ "bond": {} })),
            7 => self.send(who, amount, json!({ "gift": {} })),
            8..=10 => self.post(step),
            11..=13 => {
                let next = self.world.view(|contract| contract.stats().last_final) + 1 + step.number % 2;
                let _ = self.world.call("anybody", |contract| contract.finalize_batch(next));
            }
            14 => self.challenge(step),
            15 => {
                let head = self.world.view(|contract| contract.stats().head);
                if self.world.call("settler", |contract| contract.retract_batch(head)).is_ok() {
                    self.restore_books();
                }
            }
            16 | 17 => self.claim(step),
            18 => drop(self.world.pay(who, 1, |contract| contract.request_withdraw(some))),
            19 => self.leave(who),
            20 => drop(self.world.pay(who, 1, |contract| contract.unstake(key, some))),
            21 => drop(self.world.pay(who, 1, |contract| drop(contract.withdraw_stake(key)))),
            22 => drop(self.world.pay(who, 1, |contract| drop(contract.withdraw_balance(some)))),
            23 => self.slash(step),
            24 => drop(self.world.call("anybody", |contract| contract.execute_slash(slash))),
            25 => {
                let operator = self.world.view(|contract| contract.get_slash(slash).map(|slash| slash.account_id));
                let who = operator.map_or(who.to_string(), |operator| operator.as_str().replace(".near", ""));
                let _ = self.world.call(&who, |contract| contract.appeal(slash, Hash::default()));
            }
            26 => drop(self.world.call("owner", |contract| contract.resolve_appeal(slash, step.number % 4 < 2))),
            27 => drop(self.world.pay("settler", 1, |contract| contract.unbond(some))),
            28 => drop(self.world.call("anybody", |contract| contract.prune_batches(step.number % 5))),
            29 => drop(self.world.call("owner", |contract| {
                if step.number.is_multiple_of(4) && !contract.paused { contract.pause() } else { contract.unpause() }
            })),
            30 => drop(self.world.pay(who, 1, |contract| contract.storage_unregister(None))),
            31 => self.world.register(who),
            32..=37 => self.task(step),
            38..=42 => self.settle(!step.number.is_multiple_of(3)),
            43 => drop(self.world.pay(who, 1, |contract| contract.cancel_withdraw())),
            44 => {
                let status = [NodeStatus::Active, NodeStatus::Draining, NodeStatus::Paused][step.number as usize % 3];
                let _ = self.world.call(who, |contract| contract.heartbeat(key, status));
            }
            _ => self.world.wait(step.number % 3 * HOUR / 2 + 1),
        }
    }

    /// Whoever follows the change log knows every account and every node, also by small pages and after a long absence.
    fn check_readers(&mut self, page: u64) {
        self.reader.catch_up(&mut self.world, page % 3 + 1);
        must_know_all(&self.reader, &mut self.world);
        if page.is_multiple_of(4) {
            self.slow_reader.read(&mut self.world, 1);
        }
    }

    fn check_slow_readers(&mut self) {
        self.slow_reader.catch_up(&mut self.world, 2);
        must_know_all(&self.slow_reader, &mut self.world);
        let mut late = Reader::default();
        let entries = late.catch_up(&mut self.world, 100);
        must_know_all(&late, &mut self.world);
        assert_eq!(entries, late.accounts.len() + late.nodes.len(), "each has one entry");
    }

    /// Recomputes every part of the funds from the records.
    fn check(&mut self) {
        let token_balance = self.token_balance;
        let rewards_earned = self.final_trees().map_or(0, |trees| trees.rewards.root().sums[0].0);
        let (mut balances, mut claimed, mut in_flight, mut stakes, mut tasks, mut deposits) = (0, 0, 0, 0, 0, 0);
        let (contract_funds, contract_nodes, open_tasks) = self.world.view(|contract| {
            for name in EVERYBODY {
                let account = ACCOUNTS.get(&id(name)).unwrap_or_default();
                balances += account.balance;
                claimed += account.claimed;
                in_flight += account.in_flight;
                deposits += account.escrow;
            }
            let mut nodes = 0;
            for name in NAMES {
                if let Some(node) = NODES.get(&(id(name), node_key(KEY))) {
                    stakes += node.at_risk();
                    nodes += 1;
                    assert!(node.locked <= node.at_risk());
                }
            }
            let mut open = 0;
            for number in 1..contract.next_task {
                if let Some(task) = TASKS.get(&number).filter(|task| task.status != TaskStatus::Completed) {
                    tasks += task.reward + task.fee;
                    open += 1;
                }
            }
            assert_eq!(contract.get_nodes(0, 100).len(), nodes);
            (contract.funds.clone(), nodes, open)
        });
        let funds = contract_funds;
        assert_eq!(funds.received, funds.paid + funds.held(), "funds in = funds held + funds out");
        assert_eq!(funds.held(), token_balance, "the token contract agrees");
        assert_eq!((funds.balances, funds.stakes, funds.tasks, funds.in_flight), (balances, stakes, tasks, in_flight));
        assert_eq!(funds.rewards + claimed, rewards_earned, "claimed and unclaimed rewards are the final ones");
        assert_eq!(funds.escrow + rewards_earned, deposits, "escrow is what was deposited and not charged or withdrawn");
        assert_eq!((self.world.contract.nodes as usize, self.world.contract.open_tasks), (contract_nodes, open_tasks));
    }
}

fn must_know_all(reader: &Reader, world: &mut World) {
    for name in EVERYBODY {
        reader.must_know_account(world, name);
        reader.must_know_node(world, name, KEY);
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0u8..50, 0usize..4, any::<u64>()).prop_map(|(call, who, number)| Step { call, who, number });
    prop::collection::vec(step, 40..160)
}

/// Calls that fail are part of the game: their panics are not printed, those of other tests are.
fn silence() {
    let (game, loud) = (std::thread::current().id(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() != game {
            loud(panic);
        }
    }));
}

/// What must have happened in some sequence, or the sequences test too little.
const MUST_HAPPEN: [&str; 29] = [
    "deposited",
    "balance_added",
    "node_registered",
    "stake_added",
    "heartbeat",
    "bond_added",
    "batch_posted",
    "batch_final",
    "batch_rejected",
    "batches_pruned",
    "withdraw_requested",
    "withdraw_cancelled",
    "paid",
    "payment_restored",
    "unstaked",
    "node_removed",
    "slash_proposed",
    "node_slashed",
    "slash_appealed",
    "slash_upheld",
    "slash_overturned",
    "slash_lapsed",
    "unbonded",
    "paused",
    "task_submitted",
    "task_accepted",
    "task_completed",
    "task_cancelled",
    "task_failed",
];

#[test]
fn funds_in_are_funds_held_and_funds_out_and_the_log_tells_all_after_every_call() {
    silence();
    let happened = RefCell::new(BTreeSet::new());
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20_261_126),
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&steps(), |steps| {
        let mut game = Game::new();
        for step in &steps {
            game.play(step);
            game.check();
            game.check_readers(step.number);
            happened.borrow_mut().extend(game.world.events().into_iter().map(|(event, _)| event));
        }
        while !game.world.payouts.is_empty() {
            game.settle(true);
            game.check();
            game.check_readers(1);
        }
        game.check_slow_readers();
        Ok(())
    });
    if let Err(failure) = outcome {
        println!("{failure}");
        panic!("a sequence loses or makes funds, or the change log does not tell all");
    }
    let happened = happened.into_inner();
    let missing: Vec<_> = MUST_HAPPEN.iter().filter(|event| !happened.contains(**event)).collect();
    if !missing.is_empty() {
        println!("no sequence brought {missing:?}");
    }
    assert!(missing.is_empty());
}
