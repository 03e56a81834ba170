//! Leaving escrow in two steps: a request, then the payment once a batch posted after it is final, or once the settler has been
//! silent for `exit_ms`. Nobody's help is needed.

use crate::accounts::WithdrawRequest;
use crate::events::{emit, fail, must_attach_one_yocto, now_ms};
use crate::leaves::ChargesLeaf;
use crate::merkle::Presence;
use crate::payout::Source;
use crate::tables::ACCOUNTS;
use crate::{Contract, ContractExt, ensure};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use near_sdk::{PromiseOrValue, env, near};

#[near]
impl Contract {
    /// Asks for `amount` of the caller's escrow, or for all that is free. A request made anew starts its time anew. One yocto.
    #[payable]
    pub fn request_withdraw(&mut self, amount: Option<U128>) {
        must_attach_one_yocto();
        let id = env::predecessor_account_id();
        let mut account = self.account(&id);
        Self::must_be_idle(&account);
        let amount = amount.map_or(account.escrow, |amount| amount.0);
        ensure!(amount > 0 && amount <= account.escrow, "ERR_ESCROW: not an amount between zero and the escrow");
        let request = WithdrawRequest { amount, at_ms: now_ms() };
        account.request = Some(request.clone());
        ACCOUNTS.put(&id, &account);
        self.note_account(&id);
        emit("withdraw_requested", json!({ "account_id": id, "amount": U128(amount), "at_ms": request.at_ms }));
    }

    /// Takes the caller's request back. One yocto.
    #[payable]
    pub fn cancel_withdraw(&mut self) {
        must_attach_one_yocto();
        let id = env::predecessor_account_id();
        let mut account = self.account(&id);
        ensure!(account.request.take().is_some(), "ERR_NO_REQUEST: there is no request to take back");
        ACCOUNTS.put(&id, &account);
        self.note_account(&id);
        emit("withdraw_cancelled", json!({ "account_id": id }));
    }

    /// Pays the caller's request: at most what was asked for and at most deposited − charged − withdrawn, where `charges` shows
    /// what the latest final batch charged the account. One yocto.
    #[payable]
    pub fn withdraw(&mut self, charges: Presence<ChargesLeaf>) -> PromiseOrValue<U128> {
        must_attach_one_yocto();
        let id = env::predecessor_account_id();
        let mut account = self.account(&id);
        Self::must_be_idle(&account);
        let request = account.request.take().unwrap_or_else(|| fail("ERR_NO_REQUEST: call request_withdraw first"));
        let last = self.last_final();
        self.must_be_due(&request, last.posted_at_ms);
        let charged = charges.leaf_of(id.as_str(), &last.charges).map_or(0, |leaf| leaf.cumulative.0);
        let amount = request.amount.min(account.escrow.saturating_sub(charged));
        ensure!(amount <= self.funds.escrow, "ERR_ESCROW: charges exceed what was deposited; the settler must answer for it");
        account.escrow -= amount;
        self.funds.escrow -= amount;
        self.note_account(&id);
        let source = Source::Escrow { amount: request.amount.into(), at_ms: request.at_ms };
        self.pay(id, &mut account, amount, source).into()
    }
}

impl Contract {
    fn must_be_due(&self, request: &WithdrawRequest, last_posted_at_ms: u64) {
        let batch_after = last_posted_at_ms > request.at_ms + self.config.notice_ms;
        let silent_since = self.progress.last_final_at_ms.max(request.at_ms);
        let settler_silent = now_ms() >= silent_since + self.config.exit_ms;
        ensure!(
            batch_after || settler_silent,
            "ERR_NOT_DUE: wait for the finality of a batch posted notice_ms after the request, or for exit_ms without one"
        );
    }
}
