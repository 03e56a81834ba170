import type { Database } from '@deai/db';
import type { LedgerStore } from '../domain/ports.ts';
import { AUDIT, type AuditRow } from './audit.sql.ts';
import { BALANCES, type BalancesRow, type LineRow, lineOf, linesStatement } from './billing.sql.ts';

/** An audit reads everything, so it may take longer than the statements of requests. */
const AUDIT_TIMEOUT_MS = 600_000;

/** $1 owners. Those who are not open yet. */
const WITHOUT_ACCOUNT = `
select distinct o.owner::text as owner from unnest($1::uuid[]) as o(owner)
where not exists (select from ledger.account a where a.owner_id = o.owner and a.type = 'available')`;

/** The ledger in PostgreSQL; its rules are in the migrations, so that they hold for every caller. */
export function createPgLedgerStore(db: Database): LedgerStore {
  async function openAccount(ownerId: string, startingCreditYocto: bigint): Promise<boolean> {
    const { rows } = await db.query<{ opened: boolean }>('select ledger.open_account($1, $2) as opened', [ownerId, startingCreditYocto]);
    return rows[0]?.opened === true;
  }
  return {
    openAccount,
    async syncDeposits(deposits, startingCreditYocto) {
      // In statements of their own: opening locks the issuance, and one transaction must not call two of the ledger's functions.
      const { rows: unopened } = await db.query<{ owner: string }>(WITHOUT_ACCOUNT, [deposits.map(({ userId }) => userId)]);
      for (const { owner } of unopened) await openAccount(owner, startingCreditYocto);
      const states = deposits.map(({ userId, accountId, netYocto }) => ({ owner: userId, account: accountId, net: netYocto }));
      const { rows } = await db.query<{ owner: string; owed: string }>('select * from ledger.sync_deposits($1::jsonb)', [
        JSON.stringify(states),
      ]);
      return rows.map(({ owner, owed }) => ({ userId: owner, owedYocto: owed }));
    },
    async billing(ownerId, query) {
      const statement = linesStatement(ownerId, query);
      const { limit = 50 } = query;
      const [balances, lines] = await Promise.all([
        db.query<BalancesRow>(BALANCES, [ownerId]),
        db.query<LineRow>(statement.text, statement.values),
      ]);
      // An aggregate without groups always has one row.
      const { available, held, earned, spent } = balances.rows[0] as BalancesRow;
      const items = lines.rows.slice(0, limit).map(lineOf);
      return {
        availableYocto: available,
        heldYocto: held,
        earnedYocto: earned,
        spentYocto: spent,
        lines: { items, nextCursor: lines.rows.length > limit ? (items.at(-1)?.id ?? null) : null },
      };
    },
    audit: () =>
      db.transaction(async (client) => {
        await client.query(`set local statement_timeout = ${AUDIT_TIMEOUT_MS}`);
        const { rows } = await client.query<AuditRow>(AUDIT);
        const row = rows[0] as AuditRow;
        return {
          balanced: row.sum === '0' && row.mismatched === 0 && row.unbalanced === 0,
          sumYocto: row.sum,
          accounts: row.accounts,
          journals: row.journals,
          mismatchedAccounts: row.mismatched,
          unbalancedJournals: row.unbalanced,
          issuedYocto: row.issued,
          escrowYocto: row.escrow,
          availableYocto: row.available,
          heldYocto: row.held,
          earnedYocto: row.earned,
          feesYocto: row.fees,
        };
      }),
  };
}
