import { type Bus, createMemoryBus } from '@deai/bus';
import {
  Billing,
  type BillingQuery,
  isTaskKind,
  kindSpec,
  LedgerAudit,
  type LedgerLine,
  newId,
  type Principal,
  ROLE_SCOPES,
  TASK_KINDS,
  unitPriceOf,
} from '@deai/protocol';
import { createLogger, createMetrics, type Metrics, type Service } from '@deai/service-kit';
import { createTestDatabase, type TestDatabase, waitFor } from '@deai/testkit';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRewardManager } from './app.ts';
import { loadRewardManagerConfig, type RewardManagerConfig } from './config.ts';
import { createLedgerDriver } from './testing/ledger-driver.ts';

let db: TestDatabase;
let bus: Bus;
let metrics: Metrics;
let ledger: ReturnType<typeof createLedgerDriver>;
let service: Service;

beforeEach(async () => {
  db = await createTestDatabase();
  ledger = createLedgerDriver(db);
  bus = createMemoryBus();
});
afterEach(async () => {
  await service.stop();
  await bus.close();
  await db.drop();
});

async function start(overrides: Partial<RewardManagerConfig> = {}): Promise<void> {
  metrics = createMetrics();
  const logger = createLogger({ level: 'silent', pretty: false });
  service = createRewardManager({ bus, db, logger, metrics }, { ...loadRewardManagerConfig({}), ...overrides });
  await service.start();
}
function principal(userId: string, scopes: Principal['scopes'] = [...ROLE_SCOPES.requester]): Principal {
  return { userId, roles: ['requester'], scopes, via: 'session', credentialId: newId() };
}
const billing = (userId: string, query: BillingQuery = {}) => bus.request('rewards.billing', { principal: principal(userId), query });
const gauge = async (name: string) => (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value;

test('gives a price for every task kind in its own unit, and doubles it for high priority', async () => {
  await start();
  const list = await bus.request('rewards.prices', {});
  expect(list).toMatchObject({ version: 1, feeBps: 500, priorityBps: { low: 8_000, normal: 10_000, high: 20_000 } });
  expect(list.prices.map(({ kind }) => kind).sort()).toEqual([...TASK_KINDS].sort());
  for (const { kind, unit, yoctoPerUnit } of list.prices) {
    expect(isTaskKind(kind) && kindSpec(kind).unit).toBe(unit);
    expect(unitPriceOf(list, kind, 'any model', 'high')).toBe(BigInt(yoctoPerUnit) * 2n);
  }
});

test('tells when a new price list came into force', async () => {
  await start({ pricesMs: 10 });
  const heard = Promise.withResolvers<number>();
  await bus.subscribe('rewards.pricesChanged', ({ version }) => heard.resolve(version));
  await db.query(`
    with list as (insert into ledger.price_list (low_bps, normal_bps, high_bps, fee_bps) values (5000, 10000, 30000, 100) returning version)
    insert into ledger.unit_price (version, kind, model, unit, yocto_per_unit)
    select version, kind, 'm', 'token', 123456789012345678901234567890 from list, (values ('chat'), ('a kind of tomorrow')) as k(kind)`);
  expect(await heard.promise).toBe(2);
  const list = await bus.request('rewards.prices', {});
  expect(list).toMatchObject({ version: 2, feeBps: 100 });
  expect(list.prices).toEqual([{ kind: 'chat', model: 'm', unit: 'token', yoctoPerUnit: '123456789012345678901234567890' }]);
});

test('opens the account of a new user with the starting credit, once by event and command', async () => {
  const credit = 10n ** 25n;
  await start({ startingCreditYocto: credit });
  const userId = newId();
  bus.publish('auth.userRegistered', { userId });
  await waitFor(async () => (await billing(userId)).availableYocto === credit.toString());
  expect(await bus.request('rewards.openAccount', { userId })).toEqual({ opened: false });
  expect(await bus.request('rewards.openAccount', { userId: newId() })).toEqual({ opened: true });
  expect(await billing(userId)).toMatchObject({
    availableYocto: credit.toString(),
    spentYocto: '0',
    lines: { items: [{ reason: 'grant' }] },
  });
  await expect(bus.request('rewards.openAccount', { userId: 'nobody' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

test('shows balances, spending and only its own lines to a user who may see them', async () => {
  await start({ startingCreditYocto: 1_000n });
  const [requester, other, operator] = [newId(), newId(), newId()];
  for (const userId of [requester, other]) await bus.request('rewards.openAccount', { userId });
  await ledger.hold([
    { owner: requester, amount: '300', tasks: 2 },
    { owner: other, amount: '100' },
  ]);
  await ledger.settle([
    { requester, operator, hold: '200', reward: '100', fee: '5' },
    { requester: other, operator, hold: '100', reward: '90', fee: '9' },
  ]);
  const bill = await billing(requester);
  expect(bill).toMatchObject({ availableYocto: '795', heldYocto: '100', earnedYocto: '0', spentYocto: '105' });
  expect(bill.lines.items.map((line) => `${line.reason} ${line.account} ${line.amountYocto} ${line.tasks}`)).toEqual([
    'completion held -200 1',
    'completion available 95 1',
    'hold held 300 2',
    'hold available -300 2',
    'grant available 1000 0',
  ]);
  expect(Value.Check(Billing, bill)).toBe(true);
  expect(await billing(operator)).toMatchObject({ availableYocto: '0', earnedYocto: '190', spentYocto: '0' });
  expect(await billing(newId())).toEqual({
    availableYocto: '0',
    heldYocto: '0',
    earnedYocto: '0',
    spentYocto: '0',
    lines: { items: [], nextCursor: null },
  });
  await expect(bus.request('rewards.billing', { principal: principal(requester, ['tasks:read']), query: {} })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
});

test('books deposits on chain, shows them as such, and says what is owed', async () => {
  await start({ startingCreditYocto: 1_000n });
  const userId = newId();
  const sync = (accountId: string, netYocto: string, of = userId) =>
    bus.request('rewards.syncDeposits', { deposits: [{ userId: of, accountId, netYocto }] });
  expect(await sync('alice.near', '500')).toEqual({ owed: [] });
  await ledger.hold([{ owner: userId, amount: '1200' }]);
  await ledger.settle([{ requester: userId, operator: newId(), hold: '200', reward: '190', fee: '10' }]);
  expect(await sync('alice.near', '100')).toEqual({ owed: [{ userId, owedYocto: '100' }] });
  const bill = await billing(userId);
  expect(bill).toMatchObject({ availableYocto: '0', heldYocto: '1000', spentYocto: '200' });
  expect(Value.Check(Billing, bill)).toBe(true);
  const amounts = async (reason: BillingQuery['reason'] & string) =>
    (await billing(userId, { reason })).lines.items.map((line) => line.amountYocto);
  expect([await amounts('grant'), await amounts('deposit'), await amounts('withdrawal')]).toEqual([['1000'], ['500'], ['-300']]);
  expect(await bus.request('rewards.audit', {})).toMatchObject({ balanced: true, issuedYocto: '1000', escrowYocto: '200' });
  for (const [accountId, netYocto, of] of [
    ['a', '1', userId],
    ['alice.near', '-1', userId],
    ['alice.near', '1', 'nobody'],
  ] as const)
    await expect(sync(accountId, netYocto, of)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

test('an audit finds deposits that are not what the escrow says', async () => {
  await start();
  await bus.request('rewards.syncDeposits', { deposits: [{ userId: newId(), accountId: 'bob.near', netYocto: '5' }] });
  await db.query('update ledger.deposit set booked = 6');
  expect(await bus.request('rewards.audit', {})).toMatchObject({ balanced: false, sumYocto: '0', mismatchedAccounts: 1 });
});

test('pages through all lines newest first, without a gap or a repeat while new ones come in', async () => {
  await start();
  const [owner, operator] = [newId(), newId()];
  await ledger.open(owner, 10_000n);
  for (let i = 1; i <= 10; i++) {
    await ledger.hold([{ owner, amount: '10' }]);
    const settlement = { requester: owner, operator, hold: '10', reward: '5', fee: '1' };
    await ledger.settle([settlement], i % 3 === 0 ? 'failure' : 'completion');
  }
  const whole = (await billing(owner, { limit: 1_000 })).lines;
  expect(whole.items).toHaveLength(41);
  expect(whole.nextCursor).toBeNull();
  for (const [limit, reason] of [
    [1, undefined],
    [7, undefined],
    [41, undefined],
    [2, 'failure'],
    [3, 'hold'],
  ] as const) {
    const seen: LedgerLine[] = [];
    let cursor: string | null = null;
    do {
      const query: BillingQuery = { limit, ...(reason ? { reason } : {}), ...(cursor ? { cursor } : {}) };
      const { items, nextCursor } = (await billing(owner, query)).lines;
      seen.push(...items);
      cursor = nextCursor;
      await ledger.hold([{ owner, amount: '1' }]);
    } while (cursor);
    const before = new Set(whole.items.map(({ id }) => id));
    expect(seen.filter(({ id }) => before.has(id))).toEqual(whole.items.filter((line) => !reason || line.reason === reason));
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  }
  for (const cursor of ['x', '1', '1-', `1-${'9'.repeat(30)}`])
    await expect(billing(owner, { cursor })).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
});

test('audits on its own, and turns degraded while the books are wrong', async () => {
  await start({ auditMs: 10 });
  const owner = newId();
  await ledger.open(owner, 70n);
  await ledger.hold([{ owner, amount: '20' }]);
  const audit = await bus.request('rewards.audit', {});
  expect(audit).toMatchObject({ balanced: true, journals: 2, accounts: 6, issuedYocto: '70', availableYocto: '50', heldYocto: '20' });
  expect(Value.Check(LedgerAudit, audit)).toBe(true);
  expect(await gauge('deai_ledger_balanced')).toBe(1);
  expect(await service.health()).toEqual({ status: 'ok' });

  await tamper('account', `update ledger.account set balance = balance + 1 where type = 'held'`);
  await waitFor(async () => (await gauge('deai_ledger_balanced')) === 0);
  expect(await bus.request('service.health', { service: 'reward-manager' }, { to: 'reward-manager' })).toMatchObject({
    service: 'reward-manager',
    status: 'degraded',
    detail: 'the ledger is not balanced: sum 1, 1 accounts differ from their entries, 0 journals do not sum to zero',
  });
  await tamper('account', `update ledger.account set balance = balance - 1 where type = 'held'`);
  await waitFor(async () => (await service.health()).status === 'ok');

  await tamper('entry', `update ledger.entry set amount = 21 where amount = 20`);
  expect(await bus.request('rewards.audit', {})).toMatchObject({
    balanced: false,
    sumYocto: '0',
    mismatchedAccounts: 1,
    unbalancedJournals: 1,
  });
  expect(await gauge('deai_ledger_balanced')).toBe(0);
});

test('says so when the audit itself fails, and serves on', async () => {
  await start({ auditMs: 10 });
  await db.query('alter table ledger.entry rename to gone');
  await waitFor(async () => (await service.health()).detail?.startsWith('the audit failed: '));
  expect((await bus.request('rewards.prices', {})).version).toBe(1);
  await db.query('alter table ledger.gone rename to entry');
  await waitFor(async () => (await service.health()).status === 'ok');
});

test('serves nothing after it stopped', async () => {
  await start();
  await service.stop();
  expect(await service.health()).toMatchObject({ status: 'down' });
  await expect(bus.request('rewards.prices', {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

/** What only a database administrator can do: change the books behind the ledger's back. */
async function tamper(table: string, statement: string): Promise<void> {
  await db.query(`alter table ledger.${table} disable trigger user`);
  await db.query(statement);
  await db.query(`alter table ledger.${table} enable trigger user`);
}
