//! Where every token is. `received = paid + stakes + escrow + rewards + balances + tasks + bond + in_flight`, always.

use crate::{Contract, ContractExt};
use near_sdk::json_types::U128;
use near_sdk::near;

/// Sums over all records, in yocto.
#[near(serializers = [borsh])]
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Funds {
    /// All tokens that ever came in and were kept.
    pub received: u128,
    /// All tokens that went out.
    pub paid: u128,
    /// Stakes of nodes, cooling ones included.
    pub stakes: u128,
    /// Deposits of requesters, less final charges and withdrawals.
    pub escrow: u128,
    /// Final rewards that nobody claimed yet.
    pub rewards: u128,
    /// Balances of accounts: for direct tasks, earned by them, bounties.
    pub balances: u128,
    /// Held for open direct tasks.
    pub tasks: u128,
    /// The settler's bond.
    pub bond: u128,
    /// On the way out; paid, or restored, by the transfer's callback.
    pub in_flight: u128,
}

/// The same in JSON, with the sum of what is held.
#[near(serializers = [json])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundsView {
    /// All tokens that ever came in and were kept.
    pub received: U128,
    /// All tokens that went out.
    pub paid: U128,
    /// Sum of the parts below: what the token contract must show as this contract's balance, or more.
    pub held: U128,
    /// Stakes of nodes, cooling ones included.
    pub stakes: U128,
    /// Deposits of requesters, less final charges and withdrawals.
    pub escrow: U128,
    /// Final rewards that nobody claimed yet.
    pub rewards: U128,
    /// Balances of accounts.
    pub balances: U128,
    /// Held for open direct tasks.
    pub tasks: U128,
    /// The settler's bond.
    pub bond: U128,
    /// On the way out.
    pub in_flight: U128,
}

impl Funds {
    /// What is held: the sum of all parts.
    pub fn held(&self) -> u128 {
        self.stakes + self.escrow + self.rewards + self.balances + self.tasks + self.bond + self.in_flight
    }
}

#[near]
impl Contract {
    /// Where every token is.
    pub fn funds(&self) -> FundsView {
        let funds = &self.funds;
        FundsView {
            received: funds.received.into(),
            paid: funds.paid.into(),
            held: funds.held().into(),
            stakes: funds.stakes.into(),
            escrow: funds.escrow.into(),
            rewards: funds.rewards.into(),
            balances: funds.balances.into(),
            tasks: funds.tasks.into(),
            bond: funds.bond.into(),
            in_flight: funds.in_flight.into(),
        }
    }
}
