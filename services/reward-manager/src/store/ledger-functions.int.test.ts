import { newId } from '@deai/protocol';
import { createTestDatabase, type TestDatabase } from '@deai/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLedgerDriver } from '../testing/ledger-driver.ts';
import { createPgLedgerStore } from './pg-ledger.store.ts';

let db: TestDatabase;
let ledger: ReturnType<typeof createLedgerDriver>;
beforeAll(async () => {
  db = await createTestDatabase({ maxConnections: 20 });
  ledger = createLedgerDriver(db);
});

async function rich(credit: bigint): Promise<string> {
  const owner = newId();
  await ledger.open(owner, credit);
  return owner;
}
const refused = (code: string) => expect.objectContaining({ code });

describe('open_account', () => {
  it('opens once and grants once, also when twenty open at the same time', async () => {
    const owner = newId();
    const opened = await Promise.all(Array.from({ length: 20 }, () => ledger.open(owner, 100n)));
    expect(opened.filter(Boolean)).toHaveLength(1);
    expect(await ledger.open(owner, 100n)).toBe(false);
    expect(await ledger.balances(owner)).toEqual({ available: 100n, held: 0n, earned: 0n });
  });

  it('grants nothing to accounts that were opened without a credit', async () => {
    const owner = await rich(0n);
    expect(await ledger.open(owner, 100n)).toBe(false);
    expect((await ledger.balances(owner)).available).toBe(0n);
  });

  it('opens the other accounts of an operator who has earned before', async () => {
    const requester = await rich(10n);
    const operator = newId();
    await ledger.hold([{ owner: requester, amount: '10' }]);
    await ledger.settle([{ requester, operator, hold: '10', reward: '7', fee: '1' }]);
    expect(await ledger.hold([{ owner: operator, amount: '1' }])).toMatchObject([{ ok: false, reason: 'no_account' }]);
    expect(await ledger.open(operator, 5n)).toBe(true);
    expect(await ledger.balances(operator)).toEqual({ available: 5n, held: 0n, earned: 7n });
  });

  it('counts a grant once a key', async () => {
    const owner = await rich(0n);
    const key = newId();
    const granted = await Promise.all(Array.from({ length: 10 }, () => ledger.grant(owner, 3n, key)));
    expect(granted.filter(Boolean)).toHaveLength(1);
    expect((await ledger.balances(owner)).available).toBe(3n);
    await expect(ledger.grant(newId(), 3n, newId())).rejects.toEqual(refused('DL004'));
  });
});

describe('place_holds', () => {
  it('grants in order of arrival whatever still fits, each all or nothing, by owner', async () => {
    const [a, b] = [await rich(100n), await rich(10n)];
    const answers = await ledger.hold([
      { owner: a, amount: '60' },
      { owner: b, amount: '11' },
      { owner: newId(), amount: '1' },
      { owner: a, amount: '50' },
      { owner: a, amount: '40' },
      { owner: b, amount: '10' },
      { owner: null, amount: '0' },
      { owner: a, amount: '0' },
      { owner: a, amount: '1' },
    ]);
    expect(answers.map(({ idx, ok, reason }) => `${idx} ${ok} ${reason}`)).toEqual([
      '0 true null',
      '1 false insufficient_funds',
      '2 false no_account',
      '3 false insufficient_funds',
      '4 true null',
      '5 true null',
      '6 false no_account',
      '7 true null',
      '8 false insufficient_funds',
    ]);
    expect(await ledger.balances(a)).toEqual({ available: 0n, held: 100n, earned: 0n });
    expect(await ledger.balances(b)).toEqual({ available: 0n, held: 10n, earned: 0n });
    const [journal] = new Set(answers.flatMap(({ journal_id }) => journal_id ?? []));
    const { rows } = await db.query('select amount, tasks from ledger.entry where journal_id = $1 order by amount', [journal]);
    // The hold of nothing belongs to a's three tasks.
    expect(rows).toEqual([
      { amount: '-100', tasks: 3 },
      { amount: '-10', tasks: 1 },
      { amount: '10', tasks: 1 },
      { amount: '100', tasks: 3 },
    ]);
  });

  it('writes nothing when nothing is granted or asked for', async () => {
    const owner = await rich(1n);
    const count = async () => (await db.query<{ n: number }>('select count(*) as n from ledger.journal')).rows[0]?.n;
    const before = await count();
    expect(await ledger.hold([])).toEqual([]);
    expect(await ledger.hold([{ owner, amount: '2' }])).toMatchObject([{ ok: false, journal_id: null }]);
    expect(await ledger.hold([{ owner, amount: '0' }])).toMatchObject([{ ok: true, journal_id: null }]);
    expect(await count()).toBe(before);
  });

  it.each(['-1', '1.5', 'NaN', 'Infinity', '1e60'])('refuses the amount %s', async (amount) => {
    const owner = await rich(100n);
    await expect(ledger.hold([{ owner, amount }])).rejects.toEqual(refused('DL001'));
  });

  it('never overdraws: 200 concurrent holds on one account take what is there and no more', async () => {
    const owner = await rich(1_000n);
    const answers = await Promise.all(Array.from({ length: 200 }, () => ledger.hold([{ owner, amount: '30' }])));
    expect(answers.flat().filter(({ ok }) => ok)).toHaveLength(33);
    expect(answers.flat().filter(({ reason }) => reason === 'insufficient_funds')).toHaveLength(167);
    expect(await ledger.balances(owner)).toEqual({ available: 10n, held: 990n, earned: 0n });
  });
});

describe('settle', () => {
  it('pays the operator and the fee out of the hold and gives the rest back, one line an account', async () => {
    const [a, b, operator] = [await rich(100n), await rich(100n), newId()];
    await ledger.hold([
      { owner: a, amount: '90', tasks: 2 },
      { owner: b, amount: '50' },
    ]);
    const fees = await ledger.fees();
    const journal = await ledger.settle([
      { requester: a, operator, hold: '40', reward: '20', fee: '2' },
      { requester: b, operator, hold: '50', reward: '47', fee: '3', tasks: 4 },
      { requester: a, operator, hold: '50', reward: '10', fee: '1' },
    ]);
    expect(await ledger.balances(a)).toEqual({ available: 67n, held: 0n, earned: 0n });
    expect(await ledger.balances(b)).toEqual({ available: 50n, held: 0n, earned: 0n });
    expect(await ledger.balances(operator)).toEqual({ available: 0n, held: 0n, earned: 77n });
    expect((await ledger.fees()) - fees).toBe(6n);
    const { rows } = await db.query('select amount, tasks from ledger.entry where journal_id = $1 order by amount', [journal]);
    // b's hold was used up, so it has no line of a refund.
    expect(rows).toEqual([
      { amount: '-90', tasks: 2 },
      { amount: '-50', tasks: 4 },
      { amount: '6', tasks: 6 },
      { amount: '57', tasks: 2 },
      { amount: '77', tasks: 6 },
    ]);
  });

  it('gives the whole hold back when nobody worked', async () => {
    const requester = await rich(10n);
    await ledger.hold([{ owner: requester, amount: '10' }]);
    await ledger.settle([{ requester, operator: null, hold: '10', reward: '0', fee: '0' }], 'cancellation');
    expect(await ledger.balances(requester)).toEqual({ available: 10n, held: 0n, earned: 0n });
  });

  it.each([null, []])('does nothing with %o', async (settlements) => {
    expect(await ledger.settle(settlements)).toBeNull();
  });

  it.each([
    { reward: '9', fee: '2' },
    { reward: '-1' },
    { fee: '-1' },
    { hold: '-1', reward: '0', fee: '0' },
    { hold: 'NaN' },
    { reward: '0.5' },
    { operator: null },
    { requester: null },
    { requester: '00000000-0000-7000-8000-000000000000' },
    { hold: '11' },
    { tasks: -1 },
  ])('refuses the whole batch when one has %o', async (wrong) => {
    const [requester, operator] = [await rich(20n), newId()];
    await ledger.hold([{ owner: requester, amount: '20' }]);
    const good = { requester, operator, hold: '10', reward: '5', fee: '1' };
    await expect(ledger.settle([good, { ...good, ...wrong }])).rejects.toEqual(refused('DL001'));
    expect(await ledger.balances(requester)).toEqual({ available: 0n, held: 20n, earned: 0n });
    expect((await ledger.balances(operator)).earned).toBe(0n);
  });

  it.each(['grant', 'hold', 'deposit', 'gift'])('refuses the reason %s', async (reason) => {
    const requester = await rich(1n);
    await ledger.hold([{ owner: requester, amount: '1' }]);
    await expect(ledger.settle([{ requester, operator: null, hold: '1', reward: '0', fee: '0' }], reason)).rejects.toEqual(
      refused('DL001'),
    );
  });

  it('takes the money back when the statement around it fails', async () => {
    const requester = await rich(10n);
    await expect(
      db.transaction(async (client) => {
        await client.query('select * from ledger.place_holds($1)', [JSON.stringify([{ owner: requester, amount: '10' }])]);
        throw new Error('the task could not be stored');
      }),
    ).rejects.toThrow('the task could not be stored');
    expect(await ledger.balances(requester)).toEqual({ available: 10n, held: 0n, earned: 0n });
  });
});

describe('sync_deposits', () => {
  const account = () => `${newId()}.near`;
  const booked = async (of: string) =>
    (await ledger.deposits([of])).map((row) => ({ owner: row.owner, booked: row.booked, owed: row.owed }));

  it('credits what is new to the owner, whose accounts it opens, once however often and at once it is told', async () => {
    const [owner, from] = [newId(), account()];
    const state = [{ owner, account: from, net: '70' }];
    await Promise.all(Array.from({ length: 20 }, () => ledger.syncDeposits(state)));
    expect(await ledger.balances(owner)).toEqual({ available: 70n, held: 0n, earned: 0n });
    expect(await ledger.hold([{ owner, amount: '70' }])).toMatchObject([{ ok: true }]);
    expect(await ledger.syncDeposits([{ owner, account: from, net: '100' }])).toEqual(new Map());
    expect(await ledger.balances(owner)).toEqual({ available: 30n, held: 70n, earned: 0n });
    const { rows } = await db.query(
      `select e.reason, e.amount, e.tasks from ledger.entry e join ledger.account a on a.id = e.account_id
       where a.owner_id = $1 and a.type = 'available' order by e.journal_id`,
      [owner],
    );
    expect(rows).toEqual([
      { reason: 'deposit', amount: '70', tasks: 0 },
      { reason: 'hold', amount: '-70', tasks: 1 },
      { reason: 'deposit', amount: '30', tasks: 0 },
    ]);
  });

  it('takes back what is available, says what is owed, and takes that once it is free', async () => {
    const [owner, from] = [newId(), account()];
    await ledger.syncDeposits([{ owner, account: from, net: '100' }]);
    await ledger.hold([{ owner, amount: '80' }]);
    const withdrawn = [{ owner, account: from, net: '10' }];
    expect(await ledger.syncDeposits(withdrawn)).toEqual(new Map([[owner, 70n]]));
    expect(await ledger.balances(owner)).toEqual({ available: 0n, held: 80n, earned: 0n });
    expect(await ledger.syncDeposits(withdrawn)).toEqual(new Map([[owner, 70n]]));
    await ledger.settle([{ requester: owner, operator: newId(), hold: '80', reward: '14', fee: '1' }]);
    expect(await ledger.syncDeposits(withdrawn)).toEqual(new Map([[owner, 5n]]));
    expect(await ledger.balances(owner)).toEqual({ available: 0n, held: 0n, earned: 0n });
    // What was spent is deposited again: nothing is owed, and nothing is credited.
    expect(await ledger.syncDeposits([{ owner, account: from, net: '15' }])).toEqual(new Map());
    expect(await booked(from)).toEqual([{ owner, booked: 15n, owed: 0n }]);
    expect((await ledger.balances(owner)).available).toBe(0n);
  });

  it('leaves with whom it was booked for what an account had before it came to another owner', async () => {
    const [first, second, from] = [newId(), newId(), account()];
    await ledger.syncDeposits([{ owner: first, account: from, net: '100' }]);
    await ledger.syncDeposits([{ owner: second, account: from, net: '100' }]);
    expect((await ledger.balances(second)).available).toBe(0n);
    await ledger.syncDeposits([{ owner: second, account: from, net: '150' }]);
    expect([(await ledger.balances(first)).available, (await ledger.balances(second)).available]).toEqual([100n, 50n]);
    // It has to come from somebody: from the present owner first.
    expect(await ledger.syncDeposits([{ owner: second, account: from, net: '60' }])).toEqual(new Map());
    expect([(await ledger.balances(first)).available, (await ledger.balances(second)).available]).toEqual([60n, 0n]);
  });

  it('moves to another owner what was taken back from the one before, and not what that one spent', async () => {
    const [first, second, from] = [newId(), newId(), account()];
    await ledger.syncDeposits([{ owner: first, account: from, net: '100' }]);
    await ledger.hold([{ owner: first, amount: '60' }]);
    expect(await ledger.syncDeposits([{ owner: first, account: from, net: '0' }])).toEqual(new Map([[first, 60n]]));
    expect(await ledger.syncDeposits([{ owner: second, account: from, net: '100' }])).toEqual(new Map());
    expect([(await ledger.balances(first)).available, (await ledger.balances(second)).available]).toEqual([0n, 40n]);
  });

  it('credits one deposit once when two owners are told of it at the same time', async () => {
    const [owners, from] = [[newId(), newId()], account()];
    await Promise.all(
      Array.from({ length: 10 }, (_, i) => ledger.syncDeposits([{ owner: owners[i % 2] as string, account: from, net: '9' }])),
    );
    const balances = await Promise.all(owners.map((owner) => ledger.balances(owner)));
    expect(balances.map(({ available }) => available).sort()).toEqual([0n, 9n]);
  });

  it('takes back no more than concurrent holds leave', async () => {
    const [owner, from] = [newId(), account()];
    await ledger.syncDeposits([{ owner, account: from, net: '1000' }]);
    const [holds, owed] = await Promise.all([
      Promise.all(Array.from({ length: 30 }, () => ledger.hold([{ owner, amount: '30' }]))),
      ledger.syncDeposits([{ owner, account: from, net: '0' }]),
    ]);
    const held = 30n * BigInt(holds.flat().filter(({ ok }) => ok).length);
    expect(owed.get(owner) ?? 0n).toBe(held);
    expect(await ledger.balances(owner)).toEqual({ available: 0n, held, earned: 0n });
  });

  it.each([{ net: '-1' }, { net: '1.5' }, { net: 'NaN' }, { owner: null }, { account: '' }])(
    'refuses all when one has %o',
    async (wrong) => {
      const [owner, from] = [newId(), account()];
      const good = { owner, account: from, net: '5' };
      await expect(ledger.syncDeposits([good, { ...good, ...wrong }])).rejects.toEqual(refused('DL001'));
      expect(await booked(from)).toEqual([]);
    },
  );

  it('does nothing with an empty list', async () => {
    expect(await ledger.syncDeposits([])).toEqual(new Map());
  });
});

describe('the books', () => {
  const tables = ['journal', 'entry', 'price_list', 'unit_price'];
  it.each(tables.flatMap((table) => [`delete from ledger.${table}`, `truncate ledger.${table} cascade`]))('refuse %s', async (text) => {
    await expect(db.query(text)).rejects.toEqual(refused('DL002'));
  });

  it.each([
    'update ledger.journal set tasks = tasks + 1',
    'update ledger.entry set amount = amount * 2',
    'update ledger.price_list set fee_bps = 0',
    'update ledger.unit_price set yocto_per_unit = 1',
    'update ledger.account set balance = balance + 1',
    'delete from ledger.account',
    `insert into ledger.account (owner_id, type, balance) values (gen_random_uuid(), 'available', 5)`,
  ])('refuse %s', async (text) => {
    await expect(db.query(text)).rejects.toEqual(refused('DL002'));
  });

  it('refuse entries that do not sum to zero, and move balances with those that do', async () => {
    const owner = await rich(50n);
    const insert = (given: number) =>
      db.query(
        `with j as (insert into ledger.journal (reason, tasks) values ('hold', 1) returning id)
         insert into ledger.entry (journal_id, account_id, amount, tasks, reason)
         select j.id, a.id, case a.type when 'held' then 20 else $2::int end, 1, 'hold'
         from j, ledger.account a where a.owner_id = $1 and a.type in ('available', 'held')`,
        [owner, given],
      );
    await expect(insert(-19)).rejects.toEqual(refused('DL003'));
    await insert(-20);
    expect(await ledger.balances(owner)).toEqual({ available: 30n, held: 20n, earned: 0n });
  });

  it('refuse entries without their journal, of another reason than its, or without their account', async () => {
    const owner = await rich(50n);
    const entry = (journal: string, reason: string, account: string) =>
      db.query(
        `with j as (insert into ledger.journal (reason, tasks) values ('hold', 1) returning id)
         insert into ledger.entry (journal_id, account_id, amount, tasks, reason)
         select ${journal}, case a.type when 'held' then ${account} else a.id end, case a.type when 'held' then 20 else -20 end, 1, '${reason}'
         from j, ledger.account a where a.owner_id = $1 and a.type in ('available', 'held')`,
        [owner],
      );
    await expect(entry('-1', 'hold', 'a.id')).rejects.toEqual(refused('23503'));
    await expect(entry('j.id', 'completion', 'a.id')).rejects.toEqual(refused('23503'));
    await expect(entry('j.id', 'hold', '-1')).rejects.toEqual(refused('23503'));
    expect(await ledger.balances(owner)).toEqual({ available: 50n, held: 0n, earned: 0n });
  });

  it('balance after all of the above', async () => {
    expect(await createPgLedgerStore(db).audit()).toMatchObject({ balanced: true, sumYocto: '0' });
  });
});
