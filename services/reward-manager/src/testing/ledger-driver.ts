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
/** What an account has in the contract, for `ledger.sync_deposits`. */
export interface DepositGiven {
  owner: string | null;
  account: string;
  net: string;
}
/** A row of `ledger.deposit`. */
export interface DepositBooked {
  account: string;
  owner: string;
  booked: bigint;
  owed: bigint;
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
    /** What owners owe, by owner. */
    async syncDeposits(deposits: DepositGiven[]): Promise<Map<string, bigint>> {
      const text = 'select owner, owed from ledger.sync_deposits($1::jsonb)';
      const { rows } = await db.query<{ owner: string; owed: string }>(text, [JSON.stringify(deposits)]);
      return new Map(rows.map(({ owner, owed }) => [owner, BigInt(owed)]));
    },
    async deposits(accounts: string[]): Promise<DepositBooked[]> {
      const { rows } = await db.query<{ account: string; owner: string; booked: string; owed: string }>(
        `select account_id as account, owner_id as owner, booked, owed from ledger.deposit where account_id = any($1) and booked + owed > 0`,
        [accounts],
      );
      return inOrder(rows.map((row) => ({ ...row, booked: BigInt(row.booked), owed: BigInt(row.owed) })));
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

/** By account and owner. */
export function inOrder(rows: DepositBooked[]): DepositBooked[] {
  return rows.toSorted((a, b) => (`${a.account} ${a.owner}` < `${b.account} ${b.owner}` ? -1 : 1));
}
