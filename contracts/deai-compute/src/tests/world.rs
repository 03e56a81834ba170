//! A mocked VM that behaves like the chain where the contract can tell: a call that panics leaves nothing behind, transfers end in
//! their callback, time moves when told.

use crate::Contract;
use crate::codec::NodeKey;
use crate::config::Config;
use crate::payout::Source;
use ed25519_dalek::SigningKey;
use near_sdk::borsh;
use near_sdk::json_types::U128;
use near_sdk::mock::{MockAction, MockedBlockchain, with_mocked_blockchain};
use near_sdk::serde_json::{Value, from_slice, json};
use near_sdk::test_utils::{VMContextBuilder, get_created_receipts, get_logs};
use near_sdk::{AccountId, NearToken, PromiseResult, env};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One token.
pub const DEAI: u128 = 1_000_000_000_000_000_000_000_000;
/// One hour.
pub const HOUR: u64 = 3_600_000;
/// One NEAR, enough for any record.
pub const NEAR: u128 = DEAI;

thread_local! {
    /// Reading the protocol's settings for each call would take longer than the calls.
    static VM_CONFIG: near_parameters::vm::Config = near_sdk::test_vm_config();
}

/// Account id from a name.
pub fn id(name: &str) -> AccountId {
    format!("{name}.near").parse().expect("a valid name")
}

/// A node's key pair by number.
pub fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// Its public half.
pub fn node_key(number: u8) -> NodeKey {
    NodeKey(key(number).verifying_key().to_bytes())
}

/// Settings of the tests.
pub fn config() -> Config {
    Config {
        token: id("token"),
        treasury: id("treasury"),
        settler: id("settler"),
        arbiter: id("arbiter"),
        min_stake: U128(100 * DEAI),
        min_bond: U128(50 * DEAI),
        challenge_bounty: U128(20 * DEAI),
        cooldown_ms: 48 * HOUR,
        challenge_ms: HOUR,
        notice_ms: HOUR,
        exit_ms: 24 * HOUR,
        appeal_ms: 24 * HOUR,
        resolve_ms: 72 * HOUR,
        lease_ms: HOUR,
        task_keep_ms: 24 * HOUR,
        batch_keep_ms: 48 * HOUR,
        upgrade_delay_ms: 48 * HOUR,
        fee_bps: 500,
        equivocation_bps: 10_000,
        reporter_bps: 1_000,
    }
}

/// A payout under way.
#[derive(Clone, Debug)]
pub struct Payout {
    pub account_id: AccountId,
    pub amount: U128,
    pub source: Source,
}

/// The contract and its chain.
pub struct World {
    pub contract: Contract,
    pub now_ms: u64,
    pub payouts: Vec<Payout>,
    pub logs: Vec<String>,
    storage: HashMap<Vec<u8>, Vec<u8>>,
}

impl World {
    /// Deployed, with nobody registered.
    pub fn bare() -> Self {
        Self::with(config())
    }

    /// Deployed with these settings.
    pub fn with(config: Config) -> Self {
        let _ = with_mocked_blockchain(|chain| chain.take_storage());
        let mut world = Self {
            contract: Contract::blank(),
            now_ms: 1_000 * HOUR,
            payouts: Vec::new(),
            logs: Vec::new(),
            storage: HashMap::new(),
        };
        world.enter("owner", 0, Vec::new());
        world.contract = Contract::new(id("owner"), config);
        world.keep();
        world
    }

    /// Deployed, everybody registered, the settler bonded.
    pub fn new() -> Self {
        let mut world = Self::bare();
        for name in ["settler", "arbiter", "alice", "bob", "carol", "dave", "watcher"] {
            world.register(name);
        }
        world.send("settler", 60 * DEAI, json!({ "bond": {} })).expect("bonded");
        world
    }

    /// Registers an account with plenty of NEAR.
    pub fn register(&mut self, name: &str) {
        self.pay(name, 10 * NEAR, |contract| contract.storage_deposit(None, None)).expect("registered");
    }

    fn enter(&mut self, who: &str, deposit: u128, results: Vec<PromiseResult>) {
        let mut context = VMContextBuilder::new();
        context
            .current_account_id(id("compute"))
            .predecessor_account_id(id(who))
            .signer_account_id(id(who))
            .attached_deposit(NearToken::from_yoctonear(deposit))
            .account_balance(NearToken::from_near(1_000))
            .block_timestamp(self.now_ms * 1_000_000);
        let storage = std::mem::take(&mut self.storage);
        let interface = MockedBlockchain::new(
            context.build(),
            VM_CONFIG.with(Clone::clone),
            near_sdk::RuntimeFeesConfig::test(),
            results,
            storage,
            HashMap::new(),
            None,
        );
        env::set_blockchain_interface(interface);
    }

    fn keep(&mut self) {
        self.logs = get_logs();
        let receipts = get_created_receipts();
        self.payouts.extend(receipts.iter().flat_map(|receipt| &receipt.actions).filter_map(payout_of));
        self.storage = with_mocked_blockchain(|chain| chain.take_storage());
    }

    /// Runs a call; what a panicking one wrote is taken back. Its panic is the error.
    pub fn run<R>(
        &mut self,
        who: &str,
        deposit: u128,
        results: Vec<PromiseResult>,
        call: impl FnOnce(&mut Contract) -> R,
    ) -> Result<R, String> {
        let before = (borsh::to_vec(&self.contract).expect("state"), self.storage.clone());
        self.enter(who, deposit, results);
        match catch_unwind(AssertUnwindSafe(|| call(&mut self.contract))) {
            Ok(value) => {
                self.keep();
                Ok(value)
            }
            Err(panic) => {
                self.contract = borsh::from_slice(&before.0).expect("state");
                let _ = with_mocked_blockchain(|chain| chain.take_storage());
                self.storage = before.1;
                let text =
                    panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
                Err(text.unwrap_or_default())
            }
        }
    }

    /// A call without deposit.
    pub fn call<R>(&mut self, who: &str, call: impl FnOnce(&mut Contract) -> R) -> Result<R, String> {
        self.run(who, 0, Vec::new(), call)
    }

    /// A call with a deposit.
    pub fn pay<R>(&mut self, who: &str, deposit: u128, call: impl FnOnce(&mut Contract) -> R) -> Result<R, String> {
        self.run(who, deposit, Vec::new(), call)
    }

    /// `ft_transfer_call` from an account; the tokens that come back, as a promise of a value.
    pub fn send(&mut self, who: &str, amount: u128, msg: Value) -> Result<u128, String> {
        let sender = id(who);
        self.call("token", |contract| match contract.ft_on_transfer(sender, U128(amount), msg.to_string()) {
            near_sdk::PromiseOrValue::Value(unused) => unused.0,
            near_sdk::PromiseOrValue::Promise(_) => panic!("a promise"),
        })
    }

    /// Ends the oldest transfer under way; returns what was paid.
    pub fn settle(&mut self, success: bool) -> u128 {
        let payout = self.payouts.remove(0);
        let result = if success { PromiseResult::Successful(Vec::new()) } else { PromiseResult::Failed };
        let paid =
            self.run("compute", 0, vec![result], |contract| contract.on_paid(payout.account_id, payout.amount, payout.source));
        paid.expect("callbacks do not panic").0
    }

    /// Bytes of storage as NEAR counts them: keys, values, and 40 for each record.
    pub fn bytes(&self) -> u64 {
        self.storage.iter().map(|(key, value)| (key.len() + value.len() + 40) as u64).sum()
    }

    /// Removes the records of the change log, which older layouts do not have.
    pub fn drop_change_log(&mut self) {
        self.storage.retain(|key, _| !b"cdw".contains(&key[0]));
    }

    /// Moves the clock.
    pub fn wait(&mut self, ms: u64) {
        self.now_ms += ms;
    }

    /// A view.
    pub fn view<R>(&mut self, view: impl FnOnce(&Contract) -> R) -> R {
        self.enter("anybody", 0, Vec::new());
        let value = view(&self.contract);
        self.storage = with_mocked_blockchain(|chain| chain.take_storage());
        value
    }

    /// Names and data of the last call's events.
    pub fn events(&self) -> Vec<(String, Value)> {
        self.logs
            .iter()
            .filter_map(|log| log.strip_prefix("EVENT_JSON:"))
            .map(|text| {
                let event: Value = near_sdk::serde_json::from_str(text).expect("an event is JSON");
                assert_eq!((&event["standard"], &event["version"]), (&json!("deai"), &json!("1.0.0")));
                (event["event"].as_str().unwrap_or_default().to_string(), event["data"][0].clone())
            })
            .collect()
    }

    /// Ends the test unless the last call logged this event.
    pub fn must_have_logged(&self, name: &str) {
        assert!(self.events().iter().any(|(event, _)| event == name), "no {name} in {:?}", self.logs);
    }
}

fn payout_of(action: &MockAction) -> Option<Payout> {
    let MockAction::FunctionCallWeight { method_name, args, .. } = action else { return None };
    if method_name != b"on_paid" {
        return None;
    }
    let args: Value = from_slice(args).expect("arguments are JSON");
    let field = |name: &str| args[name].clone();
    Some(Payout {
        account_id: near_sdk::serde_json::from_value(field("account_id")).expect("account_id"),
        amount: near_sdk::serde_json::from_value(field("amount")).expect("amount"),
        source: near_sdk::serde_json::from_value(field("source")).expect("source"),
    })
}

/// Ends the test unless the call failed with this code.
pub fn must_fail<R>(result: Result<R, String>, code: &str) {
    match result {
        Ok(_) => panic!("expected {code}, but the call went through"),
        Err(message) => assert!(message.contains(code), "expected {code}, got {message}"),
    }
}

impl Contract {
    /// A state that no call has touched; `new` replaces it.
    fn blank() -> Self {
        Self {
            version: 0,
            config: config(),
            owner: id("owner"),
            proposed_owner: None,
            paused: false,
            funds: Default::default(),
            progress: Default::default(),
            nodes: 0,
            next_task: 1,
            open_tasks: 0,
            next_slash: 1,
            last_change: 0,
            upgrade: None,
        }
    }
}
