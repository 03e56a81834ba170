import type { Database } from '@deai/db';
import type { LedgerStore } from '../domain/ports.ts';
import { AUDIT, type AuditRow } from './audit.sql.ts';
import { BALANCES, type BalancesRow, type LineRow, lineOf, linesStatement } from './billing.sql.ts';

/** An audit reads everything, so it may take longer than the statements of requests. */
const AUDIT_TIMEOUT_MS = 600_000;

/** The ledger in PostgreSQL; its rules are in the migrations, so that they hold for every caller. */
export function createPgLedgerStore(db: Database): LedgerStore {
  return {
    async openAccount(ownerId, startingCreditYocto) {
      const { rows } = await db.query<{ opened: boolean }>('select ledger.open_account($1, $2) as opened', [ownerId, startingCreditYocto]);
      return rows[0]?.opened === true;
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
          availableYocto: row.available,
          heldYocto: row.held,
          earnedYocto: row.earned,
          feesYocto: row.fees,
        };
      }),
  };
}
