import type { Database } from '@deai/db';
import { DeaiError, isTaskKind, type UnitPrice } from '@deai/protocol';
import type { PriceStore } from '../domain/ports.ts';

const CURRENT = `
select l.version, l.low_bps, l.normal_bps, l.high_bps, l.fee_bps,
  coalesce((
    select jsonb_agg(jsonb_build_object('kind', p.kind, 'model', p.model, 'unit', p.unit, 'yoctoPerUnit', p.yocto_per_unit::text)
      order by p.kind, p.model)
    from ledger.unit_price p where p.version = l.version), '[]') as prices
from ledger.price_list l order by l.version desc limit 1`;

interface PriceListRow {
  version: number;
  low_bps: number;
  normal_bps: number;
  high_bps: number;
  fee_bps: number;
  prices: UnitPrice[];
}

/** Price lists in PostgreSQL. The migrations bring the first. */
export function createPgPriceStore(db: Database): PriceStore {
  return {
    async current() {
      const { rows } = await db.query<PriceListRow>(CURRENT);
      const [row] = rows;
      if (!row) throw new DeaiError('INTERNAL', { reason: 'there is no price list' });
      return {
        version: row.version,
        // A list may already price a kind that this build does not know yet.
        prices: row.prices.filter(({ kind }) => isTaskKind(kind)),
        priorityBps: { low: row.low_bps, normal: row.normal_bps, high: row.high_bps },
        feeBps: row.fee_bps,
      };
    },
    async currentVersion() {
      const { rows } = await db.query<{ version: number }>('select coalesce(max(version), 0) as version from ledger.price_list');
      return rows[0]?.version ?? 0;
    },
  };
}
