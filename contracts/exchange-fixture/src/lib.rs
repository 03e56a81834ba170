//! A minimal exchange with Ref Finance's interface, for tests: simple pools, deposits, swaps within a transfer. Not for money.

use near_sdk::collections::LookupMap;
use near_sdk::json_types::U128;
use near_sdk::{AccountId, NearToken, PanicOnDefault, env, near, require};
use std::collections::HashMap;

mod pool;
mod swap;
#[cfg(test)]
mod tests;
mod tokens;

pub use pool::{Pool, PoolInfo};
pub use swap::{SwapAction, TransferMessage};

/// Tokens that an account deposited.
pub type Deposits = HashMap<AccountId, u128>;

/// The exchange's state.
#[near(contract_state)]
#[derive(PanicOnDefault)]
pub struct Exchange {
    pub(crate) owner: AccountId,
    pub(crate) whitelist: Vec<AccountId>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) accounts: LookupMap<AccountId, Deposits>,
}

#[near]
impl Exchange {
    /// Starts with the tokens that may be deposited.
    #[init]
    pub fn new(owner_id: AccountId, whitelisted_tokens: Vec<AccountId>) -> Self {
        Self { owner: owner_id, whitelist: whitelisted_tokens, pools: Vec::new(), accounts: LookupMap::new(b"a") }
    }

    /// Registers an account.
    #[payable]
    pub fn storage_deposit(&mut self, account_id: Option<AccountId>, registration_only: Option<bool>) {
        let _ = registration_only;
        require!(env::attached_deposit() >= NearToken::from_millinear(1), "E11: insufficient $NEAR storage deposit");
        let id = account_id.unwrap_or_else(env::predecessor_account_id);
        if self.accounts.get(&id).is_none() {
            self.accounts.insert(&id, &Deposits::new());
        }
    }

    /// Adds a pool of two tokens; `fee` in basis points. Returns its number.
    #[payable]
    pub fn add_simple_pool(&mut self, tokens: Vec<AccountId>, fee: u32) -> u64 {
        self.pools.push(Pool::new(tokens, fee));
        self.pools.len() as u64 - 1
    }

    /// Moves amounts from the caller's deposits into a pool.
    #[payable]
    pub fn add_liquidity(&mut self, pool_id: u64, amounts: Vec<U128>, min_amounts: Option<Vec<U128>>) -> U128 {
        let _ = min_amounts;
        let id = env::predecessor_account_id();
        let mut deposits = self.deposits_of(&id);
        let mut pool = self.pool(pool_id).clone();
        require!(amounts.len() == pool.tokens.len(), "E89: wrong number of amounts");
        for (token, amount) in pool.tokens.iter().zip(&amounts) {
            take(&mut deposits, token, amount.0);
        }
        let shares = pool.add(&amounts);
        self.accounts.insert(&id, &deposits);
        self.pools[pool_id as usize] = pool;
        U128(shares)
    }

    /// Swaps within the caller's deposits. Returns what the last action gave.
    #[payable]
    pub fn swap(&mut self, actions: Vec<SwapAction>, referral_id: Option<AccountId>) -> U128 {
        let _ = referral_id;
        let id = env::predecessor_account_id();
        let mut deposits = self.deposits_of(&id);
        let mut last = None;
        for action in &actions {
            let amount = action.amount_in.or(last).unwrap_or_else(|| env::panic_str("E76: no amount"));
            take(&mut deposits, &action.token_in, amount.0);
            let out = self.swap_one(action, amount);
            *deposits.entry(action.token_out.clone()).or_default() += out.0;
            last = Some(out);
        }
        self.accounts.insert(&id, &deposits);
        last.unwrap_or(U128(0))
    }

    /// A pool, in Ref's shape.
    pub fn get_pool(&self, pool_id: u64) -> PoolInfo {
        self.pool(pool_id).info()
    }

    /// What a swap would give now.
    pub fn get_return(&self, pool_id: u64, token_in: AccountId, amount_in: U128, token_out: AccountId) -> U128 {
        U128(self.pool(pool_id).quote(&token_in, amount_in.0, &token_out))
    }

    /// Number of pools.
    pub fn get_number_of_pools(&self) -> u64 {
        self.pools.len() as u64
    }

    /// An account's deposits.
    pub fn get_deposits(&self, account_id: AccountId) -> HashMap<AccountId, U128> {
        self.accounts.get(&account_id).unwrap_or_default().into_iter().map(|(token, amount)| (token, U128(amount))).collect()
    }

    /// Tokens that may be deposited.
    pub fn get_whitelisted_tokens(&self) -> Vec<AccountId> {
        self.whitelist.clone()
    }
}

impl Exchange {
    pub(crate) fn pool(&self, pool_id: u64) -> &Pool {
        self.pools.get(pool_id as usize).unwrap_or_else(|| env::panic_str("E85: no such pool"))
    }

    pub(crate) fn deposits_of(&self, account_id: &AccountId) -> Deposits {
        self.accounts.get(account_id).unwrap_or_else(|| env::panic_str("E10: account not registered"))
    }
}

/// Takes tokens out of deposits.
pub(crate) fn take(deposits: &mut Deposits, token: &AccountId, amount: u128) {
    let has = deposits.get_mut(token).unwrap_or_else(|| env::panic_str("E21: token not registered"));
    *has = has.checked_sub(amount).unwrap_or_else(|| env::panic_str("E22: not enough tokens in deposit"));
}
