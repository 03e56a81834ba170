import type { Database } from '@deai/db';
import { formatUsd, parseUsd, type SourcePrice } from '@deai/protocol';
import type { PriceStore } from '../domain/ports.ts';

interface PriceRow {
  at: Date;
  usd: string;
  sources: SourcePrice[];
}

/** Accepted prices in PostgreSQL. Several instances may write: a second price of the same interval is left out. */
export function createPgPriceStore(db: Database): PriceStore {
  return {
    async add({ priceAttoUsd, atMs, sources }, intervalMs, acceptedAtMs = Date.now()) {
      const slot = new Date(Math.floor(acceptedAtMs / intervalMs) * intervalMs);
      await db.query(`insert into oracle.price (slot, at, usd, sources) values ($1, $2, $3, $4) on conflict (slot) do nothing`, [
        slot,
        new Date(atMs),
        formatUsd(priceAttoUsd),
        JSON.stringify(sources),
      ]);
    },
    async last() {
      const { rows } = await db.query<PriceRow>('select at, usd, sources from oracle.price order by slot desc limit 1');
      const [row] = rows;
      return row && { priceAttoUsd: parseUsd(row.usd), atMs: row.at.getTime(), sources: row.sources };
    },
    async deleteOlder(days) {
      // The newest stays, however old: it is the last good price.
      const { rowCount } = await db.query(
        `delete from oracle.price where slot < now() - make_interval(days => $1) and slot < (select max(slot) from oracle.price)`,
        [days],
      );
      return rowCount;
    },
  };
}
