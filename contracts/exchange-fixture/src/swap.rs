//! The message of a transfer, and its swaps.

use crate::Exchange;
use near_sdk::json_types::U128;
use near_sdk::{AccountId, env, near, require};

/// One swap.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct SwapAction {
    /// In which pool.
    pub pool_id: u64,
    /// What goes in.
    pub token_in: AccountId,
    /// How much; what the action before gave, or the transfer brought, if absent.
    pub amount_in: Option<U128>,
    /// What comes out.
    pub token_out: AccountId,
    /// The least that may come out.
    pub min_amount_out: U128,
}

/// `msg` of a transfer that swaps at once.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct TransferMessage {
    /// The swaps, in order.
    pub actions: Vec<SwapAction>,
    /// Not used here.
    pub referral_id: Option<AccountId>,
}

impl Exchange {
    pub(crate) fn swap_one(&mut self, action: &SwapAction, amount_in: U128) -> U128 {
        self.pool(action.pool_id);
        let pool = &mut self.pools[action.pool_id as usize];
        U128(pool.swap(&action.token_in, amount_in.0, &action.token_out, action.min_amount_out.0))
    }

    /// Runs the actions on tokens that have just come in; returns what to send, and how much.
    pub(crate) fn swap_all(&mut self, token_in: &AccountId, amount: U128, actions: &[SwapAction]) -> (AccountId, U128) {
        let (mut token, mut has) = (token_in.clone(), amount);
        for action in actions {
            require!(action.token_in == token, "E75: the actions do not follow each other");
            if let Some(amount_in) = action.amount_in {
                require!(amount_in == has, "E76: an action must use all that it gets");
            }
            has = self.swap_one(action, has);
            token = action.token_out.clone();
        }
        if actions.is_empty() {
            env::panic_str("E72: at least one action is needed");
        }
        (token, has)
    }
}
