import type { Database } from '@deai/db';

/** One answer of `ledger.place_holds`. */
export interface HoldAnswer {
  idx: number;
  ok: boolean;
  reason: string | null;
  journal_id: number | null;
}
/** One request to `ledger.place_holds`. */
export interface HoldRequest {
  owner: string | null;
  amount: string;
  tasks?: number;
}
/** One settlement for `ledger.settle`. */
export interface Settlement {
  requester: string | null;
  operator: string | null;
  hold: string;
  reward: string;
  fee: string;
  tasks?: number;
}
/** An owner's balances; zero for accounts that do not exist. */
export interface Balances {
  available: bigint;
  held: bigint;
  earned: bigint;
}

/** Calls the ledger's functions as the task manager does. */
export function createLedgerDriver(db: Pick<Database, 'query'>) {
  return {
    async open(owner: string, credit: bigint): Promise<boolean> {
      const { rows } = await db.query<{ opened: boolean }>('select ledger.open_account($1, $2) as opened', [owner, credit]);
      return rows[0]?.opened === true;
    },
    async grant(owner: string, amount: bigint, key: string): Promise<boolean> {
      const { rows } = await db.query<{ granted: boolean }>('select ledger.grant_credit($1, $2, $3) as granted', [owner, amount, key]);
      return rows[0]?.granted === true;
    },
    async hold(requests: HoldRequest[]): Promise<HoldAnswer[]> {
      return (await db.query<HoldAnswer>('select * from ledger.place_holds($1::jsonb) order by idx', [JSON.stringify(requests)])).rows;
    },
    async settle(settlements: Settlement[] | null, reason = 'completion'): Promise<number | null> {
      const { rows } = await db.query<{ journal: number | null }>('select ledger.settle($1::jsonb, $2) as journal', [
        settlements && JSON.stringify(settlements),
        reason,
      ]);
      return rows[0]?.journal ?? null;
    },
    async balances(owner: string): Promise<Balances> {
      const { rows } = await db.query<{ type: keyof Balances; balance: string }>(
        'select type, balance from ledger.account where owner_id = $1',
        [owner],
      );
      const of = (type: keyof Balances) => BigInt(rows.find((row) => row.type === type)?.balance ?? 0);
      return { available: of('available'), held: of('held'), earned: of('earned') };
    },
    async fees(): Promise<bigint> {
      const { rows } = await db.query<{ balance: string }>(`select balance from ledger.account where type = 'fees'`);
      return BigInt(rows[0]?.balance ?? 0);
    },
  };
}
