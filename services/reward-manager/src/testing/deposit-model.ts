import { type DepositBooked, type DepositGiven, inOrder } from './ledger-driver.ts';

/** The available balances that deposits are booked to. */
interface Available {
  available(owner: string): bigint;
  add(owner: string, amount: bigint): void;
}

/** What `ledger.sync_deposits` must book, in plain arithmetic. */
export function createDepositModel({ available, add }: Available) {
  let rows: DepositBooked[] = [];

  const of = (account: string) => rows.filter((row) => row.account === account);
  const sum = (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
  const least = (...amounts: bigint[]) => amounts.toSorted((a, b) => Number(a - b))[0] as bigint;
  function rowOf(account: string, owner: string): DepositBooked {
    const found = of(account).find((row) => row.owner === owner);
    if (found) return found;
    const row = { account, owner, booked: 0n, owed: 0n };
    rows.push(row);
    return row;
  }
  function move(row: DepositBooked, amount: bigint): void {
    row.booked += amount;
    add(row.owner, amount);
  }
  function sync({ owner, account, net }: DepositGiven): void {
    if (owner === null) throw new Error('the model takes what the ledger takes');
    const own = rowOf(account, owner);
    const change = BigInt(net) - sum(of(account).map(({ booked }) => booked));
    move(own, change > 0n ? change : 0n);
    let missing = change < 0n ? -change : 0n;
    const others = of(account)
      .filter((row) => row !== own)
      .sort((a, b) => (a.owner < b.owner ? -1 : 1));
    for (const row of [own, ...others]) {
      const taken = least(missing, row.booked, available(row.owner));
      move(row, -taken);
      missing -= taken;
      row.owed = 0n;
    }
    own.owed = missing;
  }

  return {
    /** Applies states in order. */
    sync(states: DepositGiven[]): void {
      for (const state of states) sync(state);
    },
    /** Takes over what concurrent calls booked. */
    adopt(seen: DepositBooked[]): void {
      const key = ({ account, owner }: DepositBooked) => `${account} ${owner}`;
      const before = new Map(rows.map((row) => [key(row), row.booked]));
      for (const row of seen) {
        add(row.owner, row.booked - (before.get(key(row)) ?? 0n));
        before.delete(key(row));
      }
      for (const row of rows) if (before.has(key(row))) add(row.owner, -row.booked);
      rows = seen.map((row) => ({ ...row }));
    },
    get rows(): DepositBooked[] {
      return inOrder(rows.filter(({ booked, owed }) => booked + owed > 0n));
    },
    /** Σ booked − Σ owed. */
    net: (account: string) => sum(of(account).map(({ booked, owed }) => booked - owed)),
  };
}
