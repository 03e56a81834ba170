import { type BillingQuery, DeaiError, type JournalReason, type LedgerLine } from '@deai/protocol';

/**
 * $1 owner. What came in by grants and deposits, was not withdrawn and is neither available nor held has been spent, so charges need no sum
 * over all lines. What came in is found by the index `entry_of_rare_reason`.
 */
export const BALANCES = `
select coalesce(max(a.balance) filter (where a.type = 'available'), 0)::text as available,
  coalesce(max(a.balance) filter (where a.type = 'held'), 0)::text as held,
  coalesce(max(a.balance) filter (where a.type = 'earned'), 0)::text as earned,
  (coalesce(sum(i.amount), 0) - coalesce(sum(a.balance) filter (where a.type in ('available', 'held')), 0))::text as spent
from ledger.account a
left join lateral (
  select sum(e.amount) as amount from ledger.entry e
  where e.account_id = a.id and e.reason in ('grant', 'deposit', 'withdrawal') and a.type = 'available'
) i on true
where a.owner_id = $1`;

/** A row of {@link BALANCES}. */
export interface BalancesRow {
  available: string;
  held: string;
  earned: string;
  spent: string;
}

/** A row of {@link linesStatement}. */
export interface LineRow {
  journal_id: string;
  account_id: string;
  at: Date;
  reason: JournalReason;
  type: LedgerLine['account'];
  amount: string;
  tasks: number;
}

const LINE_ID = /^(\d{1,18})-(\d{1,18})$/;

/**
 * One row more than the page, newest first. Each account's own page is read from its index and the pages are merged,
 * so a page of a busy account reads a few hundred rows however many there are.
 * @throws DeaiError `INVALID_CURSOR`.
 */
export function linesStatement(ownerId: string, { limit = 50, cursor, reason }: BillingQuery): { text: string; values: unknown[] } {
  const values: unknown[] = [ownerId, limit + 1];
  const conditions = ['e.account_id = a.id'];
  if (cursor !== undefined) {
    const [, journalId, accountId] = LINE_ID.exec(cursor) ?? [];
    if (journalId === undefined || accountId === undefined) throw new DeaiError('INVALID_CURSOR', { cursor });
    values.push(journalId, accountId);
    conditions.push('e.journal_id <= $3::bigint and (e.journal_id < $3::bigint or e.account_id < $4::bigint)');
  }
  if (reason !== undefined) {
    values.push(reason);
    conditions.push(`e.reason = $${values.length}`);
  }
  const text = `
select e.journal_id::text, e.account_id::text, j.at, e.reason, a.type, e.amount, e.tasks
from ledger.account a
cross join lateral (
  select * from ledger.entry e where ${conditions.join(' and ')} order by e.journal_id desc limit $2
) e
join ledger.journal j on j.id = e.journal_id
where a.owner_id = $1
order by e.journal_id desc, e.account_id desc
limit $2`;
  return { text, values };
}

/** A line as the API shows it. Its id is also the cursor to what follows it. */
export function lineOf(row: LineRow): LedgerLine {
  return {
    id: `${row.journal_id}-${row.account_id}`,
    at: row.at.toISOString(),
    reason: row.reason,
    account: row.type,
    amountYocto: row.amount,
    tasks: row.tasks,
  };
}
