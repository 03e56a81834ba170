//! Tokens coming in, by `ft_transfer_call` of the configured token alone. A message that is not understood returns everything.

use crate::codec::NodeKey;
use crate::events::emit;
use crate::tables::ACCOUNTS;
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::serde_json::{from_str, json};
use near_sdk::{AccountId, PromiseOrValue, env, near};

/// What tokens are sent for: the `msg` of `ft_transfer_call`, as JSON.
#[near(serializers = [json])]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[derive(Clone, Debug)]
pub enum Purpose {
    /// Registers a node of the sender with the tokens as its stake.
    RegisterNode {
        /// The node's key.
        node_key: NodeKey,
    },
    /// Adds to the stake of a node of the sender.
    AddStake {
        /// The node's key.
        node_key: NodeKey,
    },
    /// Deposits to escrow, the sender's or another account's.
    Deposit {
        /// Whose; the sender's if absent.
        account_id: Option<AccountId>,
    },
    /// Adds to the balance for direct tasks, the sender's or another account's.
    Balance {
        /// Whose; the sender's if absent.
        account_id: Option<AccountId>,
    },
    /// Adds to the settler's bond.
    Bond {},
}

#[near]
impl Contract {
    /// Called by the token. Returns what is not used: nothing, or everything if `msg` is not understood.
    pub fn ft_on_transfer(&mut self, sender_id: AccountId, amount: U128, msg: String) -> PromiseOrValue<U128> {
        ensure!(env::predecessor_account_id() == self.config.token, "ERR_TOKEN: only the network's token may be sent here");
        let Ok(purpose) = from_str::<Purpose>(&msg) else {
            return PromiseOrValue::Value(amount);
        };
        self.must_run();
        self.funds.received += amount.0;
        match purpose {
            Purpose::RegisterNode { node_key } => self.register_node(sender_id, node_key, amount.0),
            Purpose::AddStake { node_key } => self.add_stake(sender_id, node_key, amount.0),
            Purpose::Deposit { account_id } => self.deposit(account_id.unwrap_or(sender_id), amount.0),
            Purpose::Balance { account_id } => self.fund(account_id.unwrap_or(sender_id), amount.0),
            Purpose::Bond {} => self.add_bond(&sender_id, amount.0),
        }
        PromiseOrValue::Value(U128(0))
    }
}

impl Contract {
    fn deposit(&mut self, account_id: AccountId, amount: u128) {
        let mut account = self.account(&account_id);
        account.escrow += amount;
        self.funds.escrow += amount;
        ACCOUNTS.put(&account_id, &account);
        self.note_account(&account_id);
        emit("deposited", json!({ "account_id": account_id, "amount": U128(amount), "escrow": U128(account.escrow) }));
    }

    fn fund(&mut self, account_id: AccountId, amount: u128) {
        let mut account = self.account(&account_id);
        account.balance += amount;
        self.funds.balances += amount;
        ACCOUNTS.put(&account_id, &account);
        emit("balance_added", json!({ "account_id": account_id, "amount": U128(amount), "balance": U128(account.balance) }));
    }
}
