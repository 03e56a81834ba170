//! Slashing. Two signed outputs of one attempt are judged here, at once. Anything else is the arbiter's verdict, with the hash of
//! evidence that replays, open to appeal to the owner; an appeal that nobody resolves in time lets the verdict lapse.

use crate::codec::{Hash, NodeKey, Uuid};
use crate::config::share_of;
use crate::events::{emit, fail, now_ms};
use crate::leaves::SignedResult;
use crate::nodes::{Node, NodeId};
use crate::storage::SLASH_BYTES;
use crate::tables::{ACCOUNTS, EVIDENCE, NODES, SLASHES};
use crate::{Contract, ContractExt, ensure};
use near_sdk::borsh;
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;
use near_sdk::{AccountId, env, near};

/// Why a node is to lose stake.
#[near(serializers = [json])]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(clippy::large_enum_variant)] // An argument: read once, never kept.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// The node's key signed two outputs of one attempt. Judged on chain; anybody may bring it.
    Equivocation {
        /// The task.
        task_id: Uuid,
        /// The attempt.
        lease_id: Uuid,
        /// One signed result.
        first: SignedResult,
        /// Another, with another output.
        second: SignedResult,
    },
    /// The arbiter's verdict.
    Verdict {
        /// Yocto to be taken.
        amount: U128,
        /// SHA-256 of the evidence, which anybody can replay.
        evidence_hash: Hash,
        /// Who reported it; gets its share.
        reporter: Option<AccountId>,
    },
}

/// Where a slash stands.
#[near(serializers = [json, borsh])]
#[serde(rename_all = "snake_case")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlashStatus {
    /// Open to appeal.
    Pending,
    /// Appealed; the owner must resolve it.
    Appealed,
    /// Appealed in vain; may be executed.
    Upheld,
    /// The stake is gone.
    Executed,
    /// Overturned on appeal.
    Overturned,
    /// The appeal was not resolved in time.
    Lapsed,
}

/// A slash, kept for good.
#[near(serializers = [borsh])]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slash {
    /// Operator and key of the node.
    pub node: NodeId,
    /// Yocto: to be taken, or taken once executed.
    pub amount: u128,
    /// Hash of the evidence.
    pub evidence_hash: Hash,
    /// Who reported it.
    pub reporter: Option<AccountId>,
    /// Where it stands.
    pub status: SlashStatus,
    /// End of the appeal window; of the time to resolve, once appealed.
    pub until_ms: u64,
    /// SHA-256 of the operator's statement.
    pub statement_hash: Option<Hash>,
}

impl Contract {
    pub(crate) fn slash_record(&self, slash_id: u64) -> Slash {
        SLASHES.get(&slash_id).unwrap_or_else(|| fail("ERR_NO_SLASH: there is no such slash"))
    }

    /// Notes a slash at the caller's cost in storage; the evidence cannot be used again.
    fn record(&mut self, slash: &Slash) -> u64 {
        ensure!(!EVIDENCE.has(&slash.evidence_hash.0), "ERR_EVIDENCE_USED: this evidence has been used");
        let caller = env::predecessor_account_id();
        let mut account = self.account(&caller);
        account.occupy(SLASH_BYTES);
        ACCOUNTS.put(&caller, &account);
        let slash_id = self.next_slash;
        self.next_slash += 1;
        EVIDENCE.put(&slash.evidence_hash.0, &slash_id);
        SLASHES.put(&slash_id, slash);
        slash_id
    }

    /// Takes stake: the reporter's share to its balance, the rest to the treasury's. Returns what was taken.
    fn take_stake(&mut self, node: &mut Node, amount: u128, reporter: Option<&AccountId>) -> u128 {
        let taken = node.take(amount);
        self.funds.stakes -= taken;
        let share = reporter.map_or(0, |_| share_of(taken, self.config.reporter_bps));
        if let Some(reporter) = reporter {
            self.credit(reporter, share);
        }
        let treasury = self.config.treasury.clone();
        self.credit(&treasury, taken - share);
        taken
    }

    fn slash_equivocation(&mut self, id: NodeId, task_id: Uuid, lease_id: Uuid, results: [&SignedResult; 2]) -> u64 {
        ensure!(results[0].output_hash != results[1].output_hash, "ERR_EVIDENCE: both results have the same output");
        ensure!(
            results.iter().all(|result| result.is_signed_by(&id.1, &task_id, &lease_id)),
            "ERR_EVIDENCE: a signature is not the node's over this task and lease"
        );
        let mut node = self.node(&id);
        let key = borsh::to_vec(&(&id, task_id, lease_id)).unwrap_or_default();
        let reporter = env::predecessor_account_id();
        let mut slash = Slash {
            amount: share_of(node.at_risk(), self.config.equivocation_bps),
            evidence_hash: Hash(env::sha256_array(key)),
            reporter: Some(reporter.clone()),
            status: SlashStatus::Executed,
            until_ms: now_ms(),
            statement_hash: None,
            node: id,
        };
        let slash_id = self.record(&slash);
        slash.amount = self.take_stake(&mut node, slash.amount, Some(&reporter));
        NODES.put(&slash.node, &node);
        self.note_node(&slash.node);
        emit_slash("node_slashed", slash_id, &slash);
        slash_id
    }

    fn slash_by_verdict(&mut self, id: NodeId, amount: u128, evidence_hash: Hash, reporter: Option<AccountId>) -> u64 {
        ensure!(env::predecessor_account_id() == self.config.arbiter, "ERR_ARBITER: only the arbiter gives verdicts");
        let mut node = self.node(&id);
        ensure!(
            amount > 0 && node.locked.checked_add(amount).is_some_and(|locked| locked <= node.at_risk()),
            "ERR_STAKE: not an amount between zero and the stake that no other verdict claims"
        );
        node.locked += amount;
        node.open_slashes += 1;
        let until_ms = now_ms() + self.config.appeal_ms;
        let slash =
            Slash { node: id, amount, evidence_hash, reporter, status: SlashStatus::Pending, until_ms, statement_hash: None };
        let slash_id = self.record(&slash);
        NODES.put(&slash.node, &node);
        self.note_node(&slash.node);
        emit_slash("slash_proposed", slash_id, &slash);
        slash_id
    }

    /// Ends a verdict: frees what it locked, and takes it if it stands.
    fn close(&mut self, slash_id: u64, mut slash: Slash, status: SlashStatus) {
        let mut node = self.node(&slash.node);
        node.locked = node.locked.saturating_sub(slash.amount);
        node.open_slashes = node.open_slashes.saturating_sub(1);
        slash.status = status;
        if status == SlashStatus::Executed {
            let reporter = slash.reporter.clone();
            slash.amount = self.take_stake(&mut node, slash.amount, reporter.as_ref());
        }
        NODES.put(&slash.node, &node);
        self.note_node(&slash.node);
        SLASHES.put(&slash_id, &slash);
        let event = match status {
            SlashStatus::Executed => "node_slashed",
            SlashStatus::Overturned => "slash_overturned",
            _ => "slash_lapsed",
        };
        emit_slash(event, slash_id, &slash);
    }
}

fn emit_slash(event: &str, slash_id: u64, slash: &Slash) {
    emit(
        event,
        json!({
            "slash_id": slash_id, "account_id": slash.node.0, "node_key": slash.node.1, "amount": U128(slash.amount),
            "evidence_hash": slash.evidence_hash, "reporter": slash.reporter, "until_ms": slash.until_ms,
        }),
    );
}

#[near]
impl Contract {
    /// Slashes a node: at once for equivocation (anybody with storage here), after the appeal window for a verdict (the arbiter).
    /// Returns the slash's number.
    pub fn slash(&mut self, account_id: AccountId, node_key: NodeKey, evidence: Evidence) -> u64 {
        let id = (account_id, node_key);
        match evidence {
            Evidence::Equivocation { task_id, lease_id, first, second } => {
                self.slash_equivocation(id, task_id, lease_id, [&first, &second])
            }
            Evidence::Verdict { amount, evidence_hash, reporter } => self.slash_by_verdict(id, amount.0, evidence_hash, reporter),
        }
    }

    /// Appeals against a pending verdict, with the hash of a statement. The node's operator, within the window.
    pub fn appeal(&mut self, slash_id: u64, statement_hash: Hash) {
        let mut slash = self.slash_record(slash_id);
        ensure!(env::predecessor_account_id() == slash.node.0, "ERR_OPERATOR: only the node's operator may appeal");
        ensure!(slash.status == SlashStatus::Pending, "ERR_STATUS: only a pending verdict can be appealed");
        ensure!(now_ms() < slash.until_ms, "ERR_WINDOW: the appeal window is over");
        slash.status = SlashStatus::Appealed;
        slash.until_ms = now_ms() + self.config.resolve_ms;
        slash.statement_hash = Some(statement_hash);
        SLASHES.put(&slash_id, &slash);
        emit("slash_appealed", json!({ "slash_id": slash_id, "statement_hash": statement_hash, "until_ms": slash.until_ms }));
    }

    /// Decides an appeal in time: the verdict stands and may be executed, or is overturned. The owner.
    pub fn resolve_appeal(&mut self, slash_id: u64, upheld: bool) {
        self.must_be_owner();
        let mut slash = self.slash_record(slash_id);
        ensure!(slash.status == SlashStatus::Appealed, "ERR_STATUS: there is no open appeal");
        ensure!(now_ms() < slash.until_ms, "ERR_WINDOW: the time to resolve is over; execute_slash lets the verdict lapse");
        if upheld {
            slash.status = SlashStatus::Upheld;
            SLASHES.put(&slash_id, &slash);
            emit("slash_upheld", json!({ "slash_id": slash_id }));
        } else {
            self.close(slash_id, slash, SlashStatus::Overturned);
        }
    }

    /// Executes a verdict that was not appealed in time or was upheld; lets one lapse whose appeal was not resolved. Anybody.
    pub fn execute_slash(&mut self, slash_id: u64) {
        let slash = self.slash_record(slash_id);
        let over = now_ms() >= slash.until_ms;
        let status = match slash.status {
            SlashStatus::Upheld => SlashStatus::Executed,
            SlashStatus::Pending if over => SlashStatus::Executed,
            SlashStatus::Appealed if over => SlashStatus::Lapsed,
            SlashStatus::Pending | SlashStatus::Appealed => fail("ERR_WINDOW: the window is still open"),
            _ => fail("ERR_STATUS: this slash is closed"),
        };
        self.close(slash_id, slash, status);
    }
}
