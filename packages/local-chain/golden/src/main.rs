//! Runs the calls in `cases.json` with NEAR's own VM and writes what came of them to `vectors.json`, which the tests of the local chain
//! compare with their own runs. Usage: `cargo run` in this folder.

use near_parameters::{RuntimeConfig, RuntimeConfigStore};
use near_primitives_core::account::AccountContract;
use near_primitives_core::config::ViewConfig;
use near_primitives_core::types::{Balance, Gas};
use near_vm_runner::ContractCode;
use near_vm_runner::logic::mocks::mock_external::MockedExternal;
use near_vm_runner::logic::types::PromiseResult;
use near_vm_runner::logic::{ReturnData, VMContext, VMOutcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

/// The protocol version that the local chain announces.
const PROTOCOL_VERSION: u32 = 84;

fn main() {
    let cases: Value = serde_json::from_str(&fs::read_to_string("cases.json").expect("cases.json")).expect("JSON");
    let store = RuntimeConfigStore::new(None);
    let config = store.get_config(PROTOCOL_VERSION);
    let sessions: Vec<Value> = list(&cases).iter().map(|case| run_session(config, case)).collect();
    let text = serde_json::to_string_pretty(&sessions).expect("serialisable");
    fs::write("vectors.json", text + "\n").expect("vectors.json");
}

/// A contract and calls to it one after the other on the same storage.
fn run_session(config: &RuntimeConfig, case: &Value) -> Value {
    let wasm = match case["wat"].as_str() {
        Some(wat) => wat::parse_str(wat).expect("valid WAT"),
        None => fs::read(case["file"].as_str().expect("wat or file")).expect("contract"),
    };
    let mut external = MockedExternal::with_code(ContractCode::new(wasm.clone(), None));
    let calls: Vec<Value> = list(&case["calls"]).iter().map(|call| run_call(config, &mut external, call)).collect();
    let mut session = json!({ "name": case["name"], "calls": calls });
    match case["file"].as_str() {
        Some(file) => session["file"] = json!(file),
        None => session["wasmHex"] = json!(hex(&wasm)),
    }
    session
}

fn run_call(config: &RuntimeConfig, external: &mut MockedExternal, call: &Value) -> Value {
    let before = external.fake_trie.clone();
    external.action_log.clear();
    let context = context_of(call, external.code_hash);
    let gas_counter = context.make_gas_counter(&config.wasm_config);
    let method = text(call, "method", "main");
    let prepared = near_vm_runner::prepare(external, Arc::clone(&config.wasm_config), None, gas_counter, &method);
    let outcome = near_vm_runner::run(prepared, external, &context, Arc::clone(&config.fees)).expect("the VM itself works");
    if outcome.aborted.is_some() {
        external.fake_trie = before;
        external.action_log.clear();
    }
    let state: BTreeMap<String, String> = external.fake_trie.iter().map(|(key, value)| (hex(key), hex(value))).collect();
    let mut result = call.clone();
    result["expected"] = expected(&outcome);
    result["expected"]["state"] = json!(state);
    result["expected"]["actions"] = serde_json::to_value(&external.action_log).expect("serialisable");
    result
}

fn expected(outcome: &VMOutcome) -> Value {
    let returned = match &outcome.return_data {
        ReturnData::Value(value) => json!({ "value": hex(value) }),
        ReturnData::ReceiptIndex(_) => json!("receipt"),
        ReturnData::None => json!("none"),
    };
    json!({
        "gasBurnt": outcome.burnt_gas.as_gas(),
        "gasUsed": outcome.used_gas.as_gas(),
        "logs": outcome.logs,
        "balance": outcome.balance.as_yoctonear().to_string(),
        "storageUsage": outcome.storage_usage,
        "returned": returned,
        "failure": outcome.aborted.as_ref().map(|error| error.to_string()),
    })
}

fn context_of(call: &Value, code_hash: near_primitives_core::hash::CryptoHash) -> VMContext {
    let account = |name: &str, default: &str| text(call, name, default).parse().expect("account id");
    let is_view = call["view"].as_bool().unwrap_or(false);
    let mut signer_key = vec![7u8; 33];
    signer_key[0] = 0;
    VMContext {
        current_account_id: account("current", "contract.near"),
        signer_account_id: account("signer", "signer.near"),
        signer_account_pk: signer_key,
        predecessor_account_id: account("predecessor", "predecessor.near"),
        refund_to_account_id: account("predecessor", "predecessor.near"),
        input: text(call, "args", "").into_bytes().into(),
        promise_results: list(&call["results"]).iter().map(promise_result).collect(),
        block_height: 123,
        block_timestamp: 1_700_000_000_000_000_000,
        epoch_height: 9,
        account_balance: Balance::from_yoctonear(10u128.pow(25)),
        account_locked_balance: Balance::from_yoctonear(5),
        storage_usage: 1_000,
        account_contract: AccountContract::Local(code_hash),
        attached_deposit: Balance::from_yoctonear(text(call, "deposit", "0").parse().expect("deposit")),
        prepaid_gas: Gas::from_gas(call["gas"].as_u64().unwrap_or(300_000_000_000_000)),
        random_seed: vec![9; 32],
        view_config: is_view.then(|| ViewConfig { max_gas_burnt: Gas::from_gas(1_000_000_000_000_000) }),
        output_data_receivers: list(&call["receivers"]).iter().map(|id| id.as_str().expect("id").parse().expect("id")).collect(),
    }
}

fn promise_result(result: &Value) -> PromiseResult {
    match result.as_str() {
        Some(value) => PromiseResult::Successful(value.as_bytes().into()),
        None => PromiseResult::Failed,
    }
}

fn text(call: &Value, name: &str, default: &str) -> String {
    call[name].as_str().unwrap_or(default).to_owned()
}

/// The entries of an array; none where there is no array.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
