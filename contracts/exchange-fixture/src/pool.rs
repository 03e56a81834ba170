//! A pool of two tokens with a constant product.

use near_sdk::json_types::U128;
use near_sdk::{AccountId, env, near, require};

#[allow(missing_docs, clippy::all)]
mod wide {
    uint::construct_uint! {
        pub struct U256(4);
    }
}
use wide::U256;

/// A pool's state.
#[near(serializers = [borsh])]
#[derive(Clone, Debug)]
pub struct Pool {
    /// Both tokens.
    pub tokens: Vec<AccountId>,
    /// What the pool holds of each.
    pub amounts: Vec<u128>,
    /// Fee in basis points.
    pub fee: u32,
    /// Shares given out.
    pub shares: u128,
}

/// A pool in Ref's shape.
#[near(serializers = [json])]
#[derive(Clone, Debug)]
pub struct PoolInfo {
    /// Always `SIMPLE_POOL`.
    pub pool_kind: String,
    /// Both tokens.
    pub token_account_ids: Vec<AccountId>,
    /// What the pool holds of each.
    pub amounts: Vec<U128>,
    /// Fee in basis points.
    pub total_fee: u32,
    /// Shares given out.
    pub shares_total_supply: U128,
    /// Not used by simple pools.
    pub amp: u64,
}

impl Pool {
    /// An empty pool.
    pub fn new(tokens: Vec<AccountId>, fee: u32) -> Self {
        require!(tokens.len() == 2 && tokens[0] != tokens[1], "E92: a simple pool has two different tokens");
        require!(fee < 10_000, "E62: the fee is too high");
        Self { tokens, amounts: vec![0, 0], fee, shares: 0 }
    }

    /// Adds liquidity; returns the shares it gives.
    pub fn add(&mut self, amounts: &[U128]) -> u128 {
        let shares = if self.shares == 0 {
            1_000_000_000_000_000_000_000_000
        } else {
            (U256::from(amounts[0].0) * U256::from(self.shares) / U256::from(self.amounts[0])).as_u128()
        };
        self.amounts.iter_mut().zip(amounts).for_each(|(has, amount)| *has += amount.0);
        self.shares += shares;
        shares
    }

    fn index(&self, token: &AccountId) -> usize {
        self.tokens.iter().position(|id| id == token).unwrap_or_else(|| env::panic_str("E90: token not in this pool"))
    }

    /// What `amount_in` would give, after the fee.
    pub fn quote(&self, token_in: &AccountId, amount_in: u128, token_out: &AccountId) -> u128 {
        let (i, o) = (self.index(token_in), self.index(token_out));
        require!(i != o && amount_in > 0, "E73: a swap is between two tokens");
        let paid = U256::from(amount_in) * U256::from(10_000 - self.fee);
        let (has_in, has_out) = (U256::from(self.amounts[i]), U256::from(self.amounts[o]));
        if has_in.is_zero() || has_out.is_zero() {
            return 0;
        }
        (paid * has_out / (has_in * U256::from(10_000) + paid)).as_u128()
    }

    /// Swaps; panics below `min_out`.
    pub fn swap(&mut self, token_in: &AccountId, amount_in: u128, token_out: &AccountId, min_out: u128) -> u128 {
        let out = self.quote(token_in, amount_in, token_out);
        require!(out >= min_out, "E68: slippage error");
        let (i, o) = (self.index(token_in), self.index(token_out));
        self.amounts[i] += amount_in;
        self.amounts[o] -= out;
        out
    }

    /// In Ref's shape.
    pub fn info(&self) -> PoolInfo {
        PoolInfo {
            pool_kind: "SIMPLE_POOL".to_string(),
            token_account_ids: self.tokens.clone(),
            amounts: self.amounts.iter().copied().map(U128).collect(),
            total_fee: self.fee,
            shares_total_supply: U128(self.shares),
            amp: 0,
        }
    }
}
