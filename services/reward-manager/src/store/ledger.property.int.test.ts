import { newId } from '@deai/protocol';
import { createTestDatabase, type TestDatabase } from '@deai/testkit';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { createLedgerDriver, type DepositGiven, type HoldRequest, type Settlement } from '../testing/ledger-driver.ts';
import { createLedgerModel, type OpenHold } from '../testing/ledger-model.ts';
import { createPgLedgerStore } from './pg-ledger.store.ts';

const USERS = 5;
const ACCOUNTS = 3;
let db: TestDatabase;
let ledger: ReturnType<typeof createLedgerDriver>;
beforeAll(async () => {
  db = await createTestDatabase({ maxConnections: 12 });
  ledger = createLedgerDriver(db);
});

const user = fc.nat(USERS - 1);
// Small amounts collide with the bounds, large ones go beyond what a double can hold.
const amount = fc.oneof(fc.bigInt(0n, 100n), fc.bigInt(0n, 10n ** 26n));
const share = fc.integer({ min: 0, max: 100 });
const holdStep = fc.record({
  type: fc.constant('hold' as const),
  requests: fc.array(fc.record({ user, amount }), { minLength: 1, maxLength: 12 }),
});
const settleStep = fc.record({
  type: fc.constant('settle' as const),
  picks: fc.array(fc.record({ pick: fc.nat(), operator: user, used: share, reward: share }), { minLength: 1, maxLength: 8 }),
  reason: fc.constantFrom('completion', 'failure', 'cancellation'),
});
const openStep = fc.record({ type: fc.constant('open' as const), user, credit: amount });
const grantStep = fc.record({ type: fc.constant('grant' as const), user, amount: fc.bigInt(1n, 10n ** 26n) });
const depositStep = fc.record({
  type: fc.constant('deposit' as const),
  states: fc.array(fc.record({ user, account: fc.nat(ACCOUNTS - 1), net: amount }), { minLength: 1, maxLength: 4 }),
  /** Sends the states of an earlier call once more. */
  repeat: fc.option(fc.nat()),
});
const wrongStep = fc.record({
  type: fc.constant('wrong' as const),
  user,
  wrong: fc.constantFrom<Partial<Settlement>>({ reward: '6', fee: '5' }, { fee: '-1' }, { hold: `1${'0'.repeat(40)}` }, { hold: '10.5' }),
});
const single = fc.oneof(
  { weight: 4, arbitrary: holdStep },
  { weight: 4, arbitrary: settleStep },
  { weight: 3, arbitrary: depositStep },
  openStep,
  grantStep,
  wrongStep,
);
type Step = typeof single extends fc.Arbitrary<infer S> ? S : never;
const script = fc.array(fc.oneof({ weight: 2, arbitrary: fc.tuple(single) }, fc.array(single, { minLength: 2, maxLength: 8 })), {
  minLength: 1,
  maxLength: 14,
});

interface World {
  users: string[];
  accounts: string[];
  /** Every call of `sync_deposits` so far. */
  synced: DepositGiven[][];
  model: ReturnType<typeof createLedgerModel>;
  feesBefore: bigint;
}

/** Takes open holds out of the model, so that concurrent settlements never settle the same one. */
function takeSettlements({ model, users }: World, picks: Extract<Step, { type: 'settle' }>['picks']): Settlement[] {
  return picks.flatMap(({ pick, operator, used, reward }) => {
    if (model.open.length === 0) return [];
    const [hold] = model.open.splice(pick % model.open.length, 1) as [OpenHold];
    const spent = (hold.amount * BigInt(used)) / 100n;
    const rewarded = (spent * BigInt(reward)) / 100n;
    const settlement = { requester: hold.owner, operator: users[operator] as string, hold: hold.amount.toString() };
    return [{ ...settlement, reward: rewarded.toString(), fee: (spent - rewarded).toString() }];
  });
}

/** Starts a step; what it resolves with brings the model up to date. */
async function perform(world: World, step: Step, alone: boolean): Promise<() => void> {
  const { users, accounts, synced, model } = world;
  const nameOf = (index: number) => users[index] as string;
  switch (step.type) {
    case 'open': {
      const owner = nameOf(step.user);
      const opened = await ledger.open(owner, step.credit);
      if (alone) expect(opened).toBe(!model.isOpen(owner));
      return () => opened && model.credit(owner, step.credit);
    }
    case 'grant': {
      const owner = nameOf(step.user);
      const granted = await ledger.grant(owner, step.amount, newId()).catch((error: { code?: string }) => {
        expect(error.code).toBe('DL004');
        return false;
      });
      if (alone) expect(granted).toBe(model.isOpen(owner));
      return () => granted && model.credit(owner, step.amount);
    }
    case 'hold': {
      const requests: HoldRequest[] = step.requests.map((r) => ({ owner: nameOf(r.user), amount: r.amount.toString() }));
      const answers = await ledger.hold(requests);
      if (alone) expect(answers.map(({ ok, reason }) => ({ ok, reason }))).toEqual(model.expectHolds(requests));
      return () => model.held(requests, answers);
    }
    case 'settle': {
      const settlements = takeSettlements(world, step.picks);
      await ledger.settle(settlements, step.reason);
      return () => model.settled(settlements);
    }
    case 'deposit': {
      const given = step.states.map((s) => ({ owner: nameOf(s.user), account: accounts[s.account] as string, net: s.net.toString() }));
      const states = step.repeat === null ? given : (synced[step.repeat % Math.max(synced.length, 1)] ?? given);
      synced.push(states);
      const owed = await ledger.syncDeposits(states);
      return () => {
        for (const { owner } of states) if (owner !== null) model.credit(owner, 0n);
        if (!alone) return;
        model.deposits.sync(states);
        const concerned = model.deposits.rows.filter((row) => states.some(({ account }) => account === row.account));
        const owing = Map.groupBy(concerned, ({ owner }) => owner);
        for (const [owner, rows] of owing) expect(owed.get(owner) ?? 0n).toBe(rows.reduce((sum, row) => sum + row.owed, 0n));
      };
    }
    case 'wrong': {
      const settlement = { requester: nameOf(step.user), operator: newId(), hold: '10', reward: '5', fee: '1', ...step.wrong };
      await expect(ledger.settle([settlement])).rejects.toMatchObject({ code: 'DL001' });
      return () => undefined;
    }
  }
}

/** What an account's deposit was last said to be, by any of the calls that ran at once. */
function lastGiven(calls: DepositGiven[][], account: string): bigint[] {
  return calls.flatMap((states) => states.findLast((state) => state.account === account) ?? []).map(({ net }) => BigInt(net));
}

/** After a round in which `calls` ran, one alone or several at once. */
async function checkDeposits({ accounts, synced, model }: World, calls: DepositGiven[][], alone: boolean): Promise<void> {
  const before = new Map(accounts.map((account) => [account, model.deposits.net(account)]));
  const rows = await ledger.deposits(accounts);
  if (alone) expect(rows).toEqual(model.deposits.rows);
  else model.deposits.adopt(rows);
  for (const account of accounts) {
    const nets = lastGiven(calls, account);
    expect(nets.length > 0 ? nets : [before.get(account)]).toContain(model.deposits.net(account));
    const most = synced.flat().reduce((max, { net, account: of }) => (of === account && BigInt(net) > max ? BigInt(net) : max), 0n);
    const booked = rows.filter((row) => row.account === account).reduce((sum, row) => sum + row.booked, 0n);
    expect(booked <= most).toBe(true);
  }
}

async function check({ users, model, feesBefore }: World): Promise<void> {
  for (const owner of users) {
    const balances = await ledger.balances(owner);
    expect(balances).toEqual(model.balances(owner));
    for (const balance of Object.values(balances)) expect(balance >= 0n).toBe(true);
  }
  expect((await ledger.fees()) - feesBefore).toBe(model.fees);
  expect(await createPgLedgerStore(db).audit()).toMatchObject({
    balanced: true,
    sumYocto: '0',
    mismatchedAccounts: 0,
    unbalancedJournals: 0,
  });
}

it('agrees with plain arithmetic after every step, alone or concurrent, valid or not', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(script, async (rounds) => {
      const world: World = {
        users: Array.from({ length: USERS }, newId),
        accounts: Array.from({ length: ACCOUNTS }, () => `${newId()}.near`),
        synced: [],
        model: createLedgerModel(),
        feesBefore: await ledger.fees(),
      };
      for (const owner of world.users.slice(0, 3)) {
        await ledger.open(owner, 10n ** 26n);
        world.model.credit(owner, 10n ** 26n);
      }
      for (const steps of rounds) {
        const callsBefore = world.synced.length;
        // Every step gets a connection of its own; a deadlock would reject.
        const done = await Promise.all(steps.map((step) => perform(world, step, steps.length === 1)));
        for (const update of done) update();
        await checkDeposits(world, world.synced.slice(callsBefore), steps.length === 1);
        await check(world);
      }
    }),
    { numRuns: 30 },
  );
});

it('never deadlocks when the same accounts are held and settled in every order at once', async () => {
  const users = Array.from({ length: 12 }, newId);
  for (const owner of users) await ledger.open(owner, 1_000_000n);
  const shuffled = (seed: number) => users.map((owner, i) => ({ owner, rank: (i * 7 + seed * 5) % 12 })).sort((a, b) => a.rank - b.rank);
  await Promise.all(
    Array.from({ length: 60 }, async (_, seed) => {
      const answers = await ledger.hold(shuffled(seed).map(({ owner }) => ({ owner, amount: '100' })));
      expect(answers.every(({ ok }) => ok)).toBe(true);
      await Promise.all([
        // New operators in every order too: their accounts are made on the way.
        ledger.settle(shuffled(seed + 1).map(({ owner }, i) => settlementOf(owner, users[(i + seed) % 12] as string))),
        ledger.open(newId(), 5n),
      ]);
    }),
  );
  for (const owner of users) {
    const { available, held, earned } = await ledger.balances(owner);
    expect({ held, total: available + earned }).toEqual({ held: 0n, total: 1_000_000n - 60n * 5n });
  }
});

it('makes a new operator one account when many settlements pay it for the first time', async () => {
  const [requester, operators] = [newId(), Array.from({ length: 10 }, newId)];
  await ledger.open(requester, 40_000n);
  await ledger.hold([{ owner: requester, amount: '40000' }]);
  await Promise.all(
    Array.from({ length: 40 }, (_, i) => {
      const order = i % 2 ? operators : operators.toReversed();
      return ledger.settle(order.map((operator) => settlementOf(requester, operator)));
    }),
  );
  for (const operator of operators) expect((await ledger.balances(operator)).earned).toBe(40n * 50n);
});

function settlementOf(requester: string, operator: string): Settlement {
  return { requester, operator, hold: '100', reward: '50', fee: '5' };
}
