//! Tokens coming in and going out.

use crate::{Exchange, ExchangeExt, TransferMessage, take};
use near_sdk::json_types::U128;
use near_sdk::serde_json::{from_str, json};
use near_sdk::{AccountId, Gas, NearToken, Promise, PromiseOrValue, env, is_promise_success, near, require};

#[near]
impl Exchange {
    /// Called by a token: an empty message deposits, one with actions swaps and sends the result to the sender.
    pub fn ft_on_transfer(&mut self, sender_id: AccountId, amount: U128, msg: String) -> PromiseOrValue<U128> {
        let token_in = env::predecessor_account_id();
        if msg.is_empty() {
            require!(self.whitelist.contains(&token_in), "E12: token not whitelisted");
            let mut deposits = self.deposits_of(&sender_id);
            *deposits.entry(token_in).or_default() += amount.0;
            self.accounts.insert(&sender_id, &deposits);
        } else {
            let message: TransferMessage = from_str(&msg).unwrap_or_else(|_| env::panic_str("E28: wrong msg format"));
            let (token_out, amount_out) = self.swap_all(&token_in, amount, &message.actions);
            self.send(sender_id, token_out, amount_out).detach();
        }
        PromiseOrValue::Value(U128(0))
    }

    /// Sends a deposit to its owner. One yocto.
    #[payable]
    pub fn withdraw(&mut self, token_id: AccountId, amount: U128, unregister: Option<bool>) -> Promise {
        near_sdk::assert_one_yocto();
        let _ = unregister;
        let id = env::predecessor_account_id();
        let mut deposits = self.deposits_of(&id);
        take(&mut deposits, &token_id, amount.0);
        self.accounts.insert(&id, &deposits);
        self.send(id, token_id, amount)
    }

    /// A failed send returns to the deposits of an account that is registered here; the exchange keeps it otherwise, as Ref does.
    #[private]
    pub fn on_sent(&mut self, account_id: AccountId, token_id: AccountId, amount: U128) -> bool {
        if is_promise_success() {
            return true;
        }
        match self.accounts.get(&account_id) {
            Some(mut deposits) => {
                *deposits.entry(token_id).or_default() += amount.0;
                self.accounts.insert(&account_id, &deposits);
            }
            None => env::log_str(&format!("{} of {token_id} lost: {account_id} is not registered", amount.0)),
        }
        false
    }
}

impl Exchange {
    fn send(&mut self, account_id: AccountId, token_id: AccountId, amount: U128) -> Promise {
        let args = json!({ "receiver_id": account_id, "amount": amount }).to_string().into_bytes();
        Promise::new(token_id.clone())
            .function_call("ft_transfer".to_string(), args, NearToken::from_yoctonear(1), Gas::from_tgas(10))
            .then(Self::ext(env::current_account_id()).with_static_gas(Gas::from_tgas(10)).on_sent(account_id, token_id, amount))
    }
}
