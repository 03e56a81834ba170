//! Tokens going out: one transfer at a time and account, restored by the callback if it fails.

use crate::accounts::{Account, WithdrawRequest};
use crate::codec::NodeKey;
use crate::events::{emit, must_attach_one_yocto, must_be_self};
use crate::tables::{ACCOUNTS, NODES};
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use near_sdk::{AccountId, Gas, NearToken, Promise, PromiseOrValue, env, is_promise_success, near};

/// Gas for the token's `ft_transfer`.
const GAS_FT_TRANSFER: Gas = Gas::from_tgas(10);
/// Gas for the callback.
const GAS_ON_PAID: Gas = Gas::from_tgas(8);

/// Where a payout comes from, and where it returns to if its transfer fails.
#[near(serializers = [json])]
#[serde(rename_all = "snake_case")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Stake of a node, past its cool-down.
    Stake {
        /// The node.
        node_key: NodeKey,
    },
    /// Escrow, on the request of that amount and time.
    Escrow {
        /// What was asked for.
        amount: U128,
        /// When.
        at_ms: u64,
    },
    /// Claimed rewards.
    Claim,
    /// The free balance.
    Balance,
}

impl Source {
    fn name(&self) -> &'static str {
        match self {
            Self::Stake { .. } => "stake",
            Self::Escrow { .. } => "escrow",
            Self::Claim => "claim",
            Self::Balance => "balance",
        }
    }
}

impl Contract {
    /// Ends the call while a transfer to the account is under way.
    pub(crate) fn must_be_idle(account: &Account) {
        ensure!(account.in_flight == 0, "ERR_IN_FLIGHT: a transfer to this account is under way; retry in a moment");
    }

    /// Sends `amount`, which the caller of this function has taken out of its part of [`crate::funds::Funds`] already.
    pub(crate) fn pay(&mut self, account_id: AccountId, account: &mut Account, amount: u128, source: Source) -> Promise {
        Self::must_be_idle(account);
        ensure!(amount > 0, "ERR_NOTHING: there is nothing to pay");
        account.in_flight = amount;
        self.funds.in_flight += amount;
        ACCOUNTS.put(&account_id, account);
        let args = json!({ "receiver_id": account_id, "amount": U128(amount), "memo": format!("deai {}", source.name()) });
        Promise::new(self.config.token.clone())
            .function_call(
                "ft_transfer".to_string(),
                args.to_string().into_bytes(),
                NearToken::from_yoctonear(1),
                GAS_FT_TRANSFER,
            )
            .then(Self::ext(env::current_account_id()).with_static_gas(GAS_ON_PAID).on_paid(account_id, amount.into(), source))
    }

    /// Puts a payout back where it came from.
    fn restore(&mut self, account_id: &AccountId, account: &mut Account, amount: u128, source: &Source) {
        match source {
            Source::Claim => {
                account.claimed -= amount;
                self.funds.rewards += amount;
            }
            Source::Escrow { amount: asked, at_ms } => {
                account.escrow += amount;
                self.funds.escrow += amount;
                account.request = Some(WithdrawRequest { amount: asked.0, at_ms: *at_ms });
                self.note_account(account_id);
            }
            Source::Stake { node_key } => {
                let id = (account_id.clone(), *node_key);
                if let Some(mut node) = NODES.get(&id) {
                    node.unstaking += amount;
                    self.funds.stakes += amount;
                    NODES.put(&id, &node);
                    self.note_node(&id);
                } else {
                    account.balance += amount;
                    self.funds.balances += amount;
                }
            }
            Source::Balance => {
                account.balance += amount;
                self.funds.balances += amount;
            }
        }
    }
}

#[near]
impl Contract {
    /// After a transfer: books it as paid, or restores what it was to pay. Only the contract itself. Returns the amount paid.
    pub fn on_paid(&mut self, account_id: AccountId, amount: U128, source: Source) -> U128 {
        must_be_self();
        let paid = is_promise_success();
        let mut account = ACCOUNTS.get(&account_id).unwrap_or_default();
        account.in_flight = 0;
        self.funds.in_flight -= amount.0;
        if paid {
            self.funds.paid += amount.0;
            if let Source::Stake { node_key } = &source {
                self.remove_if_empty(&(account_id.clone(), *node_key), &mut account);
            }
        } else {
            self.restore(&account_id, &mut account, amount.0, &source);
        }
        ACCOUNTS.put(&account_id, &account);
        let event = if paid { "paid" } else { "payment_restored" };
        emit(event, json!({ "account_id": account_id, "amount": amount, "source": source.name() }));
        if paid { amount } else { U128(0) }
    }

    /// Pays from the caller's free balance: all of it, or `amount`. One yocto.
    #[payable]
    pub fn withdraw_balance(&mut self, amount: Option<U128>) -> PromiseOrValue<U128> {
        must_attach_one_yocto();
        let id = env::predecessor_account_id();
        let mut account = self.account(&id);
        let amount = amount.map_or(account.balance, |amount| amount.0);
        ensure!(amount <= account.balance, "ERR_BALANCE: more than the balance");
        account.balance -= amount;
        self.funds.balances -= amount;
        self.pay(id, &mut account, amount, Source::Balance).into()
    }
}
