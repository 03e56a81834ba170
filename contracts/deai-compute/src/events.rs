//! NEP-297 events of the standard `deai`, and panics with their codes.

use near_sdk::env;
use near_sdk::serde_json::{Value, json};

/// Logs `EVENT_JSON:{"standard":"deai","version":"1.0.0","event":…,"data":[…]}`.
pub fn emit(event: &str, data: Value) {
    let body = json!({ "standard": "deai", "version": "1.0.0", "event": event, "data": [data] });
    env::log_str(&format!("EVENT_JSON:{body}"));
}

/// Ends the call. The message begins with its code and says what to do.
pub fn fail(message: &str) -> ! {
    env::panic_str(message)
}

/// Ends the call unless the condition holds.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $message:expr) => {
        if !$condition {
            $crate::events::fail($message)
        }
    };
}

/// Milliseconds since 1970 by the block's clock.
pub fn now_ms() -> u64 {
    env::block_timestamp_ms()
}

/// Ends the call unless exactly one yocto NEAR came with it: only a key with full access can attach it.
pub fn must_attach_one_yocto() {
    ensure!(env::attached_deposit().as_yoctonear() == 1, "ERR_ONE_YOCTO: attach exactly 1 yocto NEAR, with a full-access key");
}

/// Ends the call unless the contract itself made it.
pub fn must_be_self() {
    ensure!(env::predecessor_account_id() == env::current_account_id(), "ERR_PRIVATE: only the contract itself may call this");
}
