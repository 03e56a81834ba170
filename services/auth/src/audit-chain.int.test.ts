import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate } from '@deai/db';
import { AuditChain, AuditRecordPage, newId, type Principal } from '@deai/protocol';
import { createTestDatabase, tempDir } from '@deai/testkit';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { beforeEach, describe, expect, it } from 'vitest';
import { createPgAuditStore } from './store/pg-audit-store.ts';
import { recordPages, verifyLog } from './testing/audit-chain.ts';
import { type AuthWorld, createAuthWorld, newEmail, PASSWORD, refusal } from './testing/auth-world.ts';

const DAY_MS = 86_400_000;
const MIGRATIONS = new URL('../migrations/', import.meta.url);

let world: AuthWorld;
let admin: Principal;
beforeEach(async () => {
  world = await createAuthWorld();
  admin = await world.admin();
  return () => world.close();
});

const verify = (noted?: Parameters<typeof verifyLog>[2]) => verifyLog(world.bus, admin, noted);
async function append(count: number): Promise<void> {
  const { accessToken } = await world.register();
  const principal = await world.principalOf(accessToken);
  for (let i = 1; i < count; i++) await world.bus.request('auth.createApiKey', { principal, request: { name: `k${i}` } });
}
/** As who owns the database can: nothing of the log's own guards. */
async function tamper(statement: string, values: unknown[] = []): Promise<void> {
  await world.db.transaction(async (client) => {
    await client.query("set local session_replication_role = 'replica'");
    const { rowCount } = await client.query(statement, values);
    expect(rowCount).toBeGreaterThan(0);
  });
}
/** A row like the one of that number, with another number and hash. */
const COPY = `insert into auth.audit_entry (id, at, action, actor_id, via, credential_id, subject_type, subject_id, details, number, hash)
select $2, at, action, actor_id, via, credential_id, subject_type, subject_id, details, $3, $4 from auth.audit_entry where number = $1`;

describe('the chain of the audit log', () => {
  it('has every entry, those that conclude others too, in one order without gaps, and verifies', async () => {
    await append(10);
    const act = {
      action: 'node.modeChanged',
      subject: { type: 'node', id: newId() },
      details: { name: '“é\u{1f600}\u0007\\"', mode: 'drain' },
    } as const;
    const { entryId } = await world.bus.request('auth.recordAct', { principal: admin, act });
    await world.bus.request('auth.concludeAct', { principal: admin, end: { entryId, code: 'UNAVAILABLE' } });
    await refusal(world.bus.request('auth.login', { email: newEmail(), password: 'wrong' }));
    const chain = await world.bus.request('auth.auditChain', { principal: admin });
    expect([...Value.Errors(AuditChain, chain)]).toEqual([]);
    expect(chain).toMatchObject({ first: 1, anchor: '0'.repeat(64), last: 14 });
    const records = [];
    for await (const page of recordPages(world.bus, admin)) {
      expect([...Value.Errors(AuditRecordPage, { nextCursor: null, ...page })]).toEqual([]);
      records.push(...page.items);
    }
    expect(records.map(({ number }) => number)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
    expect(records.at(-2)).toMatchObject({ action: 'node.modeChanged', outcome: 'failed', code: 'UNAVAILABLE', concludes: entryId });
    expect(await verify()).toMatchObject({ valid: true, first: 1, last: 14, problem: null, head: { hash: chain.head } });
    const listed = (await world.bus.request('auth.auditLog', { principal: admin, query: {} })).items;
    for (const { id, number, hash } of listed) expect(records[number - 1]).toMatchObject({ id, hash });
  });

  it.each([
    ['a detail', `details = '{"clientIp":"192.0.2.66"}'`],
    ['who did it', 'actor_id = gen_random_uuid()'],
    ['what it was done to', 'subject_id = gen_random_uuid()'],
    ['by which login', 'credential_id = gen_random_uuid()'],
    ['when, by a millisecond', "at = at + interval '1 millisecond'"],
    ['what was done', "action = 'user.loggedOut'"],
    ['its id', 'id = gen_random_uuid()'],
    ['its outcome', "outcome = 'attempted'"],
    ['its outcome and code', "outcome = 'failed', code = 'INTERNAL'"],
    ['what it concludes', 'concludes = gen_random_uuid()'],
    ['its hash', "hash = repeat('0', 64)"],
  ])('finds that of an entry %s was changed', async (_, change) => {
    await append(9);
    await tamper(`update auth.audit_entry set ${change} where number = 4`);
    expect(await verify()).toMatchObject({ valid: false, last: 3, problem: { number: 4, kind: 'changed' } });
  });

  it('finds an entry that was changed together with its hash, at the next one or at the end', async () => {
    await append(9);
    const forge = async (number: number) => {
      await tamper("update auth.audit_entry set details = '{}' where number = $1", [number]);
      const previous = '(select hash from auth.audit_entry p where p.number = e.number - 1)';
      await tamper(`update auth.audit_entry e set hash = auth.audit_hash(e, ${previous}) where number = $1`, [number]);
    };
    await forge(10);
    expect((await verify()).problem).toEqual({ number: 10, kind: 'replaced' });
    await forge(4);
    expect((await verify()).problem).toEqual({ number: 5, kind: 'changed' });
  });

  it('finds an entry that was removed, with a gap and without one, and the first', async () => {
    await append(9);
    await tamper('delete from auth.audit_entry where number = 4');
    expect((await verify()).problem).toEqual({ number: 4, kind: 'missing' });
    for (let number = 5; number <= 10; number++)
      await tamper('update auth.audit_entry set number = number - 1 where number = $1', [number]);
    expect((await verify()).problem).toEqual({ number: 4, kind: 'changed' });
    await tamper('delete from auth.audit_entry where number = 1');
    expect((await verify()).problem).toEqual({ number: 1, kind: 'missing' });
    await tamper('update auth.audit_chain set first = 2');
    expect((await verify()).problem).toEqual({ number: 2, kind: 'changed' });
  });

  it('finds an entry that was put in: between two, before the first, and after the last', async () => {
    await append(9);
    for (let number = 10; number >= 4; number--)
      await tamper('update auth.audit_entry set number = number + 1 where number = $1', [number]);
    await tamper('update auth.audit_chain set last = last + 1');
    await tamper(COPY, [3, newId(), 4, 'ab'.repeat(32)]);
    expect((await verify()).problem).toEqual({ number: 4, kind: 'changed' });
    await tamper(COPY, [3, newId(), 0, '0'.repeat(64)]);
    expect((await verify()).problem).toEqual({ number: 0, kind: 'foreign' });
  });

  it('finds an entry after the end that fits, but was not appended', async () => {
    await append(9);
    await tamper(COPY, [3, newId(), 11, 'x']);
    await tamper('update auth.audit_entry e set hash = auth.audit_hash(e, (select head from auth.audit_chain)) where number = 11');
    expect((await verify()).problem).toEqual({ number: 11, kind: 'foreign' });
  });

  it('finds that the end was cut off, by a head that was noted before, and that it was written anew', async () => {
    await append(9);
    const { head: noted } = await verify();
    await append(3);
    expect(await verify(noted)).toMatchObject({ valid: true, last: 13, noted: 'same' });
    await tamper('delete from auth.audit_entry where number > 8');
    expect((await verify()).problem).toEqual({ number: 9, kind: 'missing' });
    await tamper('update auth.audit_chain set last = 8, head = (select hash from auth.audit_entry where number = 8)');
    expect((await verify()).valid).toBe(true);
    expect((await verify(noted)).problem).toEqual({ number: 9, kind: 'missing' });
    await append(5);
    expect((await verify()).valid).toBe(true);
    expect((await verify(noted)).problem).toEqual({ number: 10, kind: 'replaced' });
  });
});

describe('when old entries are deleted', () => {
  /** Makes the entries up to a number old, and hashes all anew: as they would be had they been written then. */
  async function age(through: number): Promise<void> {
    await tamper("update auth.audit_entry set at = at - interval '500 days' where number <= $1", [through]);
    const last = (await verify().then(() => world.bus.request('auth.auditChain', { principal: admin }))).last;
    for (let number = 1; number <= last; number++) {
      const before = 'coalesce((select hash from auth.audit_entry p where p.number = e.number - 1), (select anchor from auth.audit_chain))';
      await tamper(`update auth.audit_entry e set hash = auth.audit_hash(e, ${before}) where number = $1`, [number]);
    }
    await tamper('update auth.audit_chain set head = (select hash from auth.audit_entry where number = last)');
  }
  const deleteOld = () => createPgAuditStore(world.db).deleteBefore(new Date(Date.now() - 400 * DAY_MS));

  it('the rest verifies from the hash of the last one deleted, and a head noted before that is told from one that is gone', async () => {
    await append(11);
    await age(5);
    const { head } = await verify();
    const hashOf = async (number: number) =>
      (await world.db.query<{ hash: string }>('select hash from auth.audit_entry where number = $1', [number])).rows[0]?.hash as string;
    const [third, fifth] = [await hashOf(3), await hashOf(5)];
    expect(await deleteOld()).toBe(5);
    expect(await deleteOld()).toBe(0);
    expect(await world.bus.request('auth.auditChain', { principal: admin })).toMatchObject({ first: 6, anchor: fifth, last: 12 });
    expect(await verify(head)).toMatchObject({ valid: true, first: 6, last: 12, noted: 'same' });
    expect(await verify({ number: 5, hash: fifth })).toMatchObject({ valid: true, noted: 'same' });
    expect(await verify({ number: 5, hash: third })).toMatchObject({ problem: { number: 5, kind: 'replaced' } });
    expect(await verify({ number: 3, hash: third })).toMatchObject({ valid: true, noted: 'deleted' });
    await append(3);
    expect(await verify(head)).toMatchObject({ valid: true, first: 6, last: 15, noted: 'same' });
    await tamper('delete from auth.audit_entry where number = 6');
    expect((await verify()).problem).toEqual({ number: 6, kind: 'missing' });
  });

  it('stops at the first one that is not old, so that no gap comes about, and may empty the log', async () => {
    await append(9);
    await age(6);
    await tamper('update auth.audit_entry set at = now() where number = 4');
    expect(await deleteOld()).toBe(3);
    expect(await world.bus.request('auth.auditChain', { principal: admin })).toMatchObject({ first: 4, last: 10 });
    await tamper("update auth.audit_entry set at = '2024-01-01T00:00:00Z'");
    expect(await deleteOld()).toBe(7);
    const { head } = await world.bus.request('auth.auditChain', { principal: admin });
    expect(await world.bus.request('auth.auditChain', { principal: admin })).toEqual({ first: 11, anchor: head, last: 10, head });
    expect(await verify()).toMatchObject({ valid: true, first: 11, last: 10 });
    await append(2);
    expect(await verify({ number: 10, hash: head })).toMatchObject({ valid: true, first: 11, last: 12, noted: 'same' });
  });

  it('while it is being read, the reader begins again', async () => {
    await append(20);
    await age(8);
    let deleted = 0;
    const bus = {
      ...world.bus,
      request: async (name: never, input: never) => {
        if (name === 'auth.auditRecords' && deleted === 0) deleted = await deleteOld();
        return await world.bus.request(name, input);
      },
    } as AuthWorld['bus'];
    expect(await verifyLog(bus, admin)).toMatchObject({ valid: true, first: 9, last: 21 });
    expect(deleted).toBe(8);
  });
});

/** What an instance is asked for, and how many entries that appends. */
const STEPS = { login: 1, register: 1, key: 1, act: 2, refused: 0, delete: 0 } as const;
const step = fc.record({
  instance: fc.nat(1),
  who: fc.nat(3),
  what: fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[])),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

it('stays one chain when two instances append to it at once, fail in between, conclude acts, and the oldest are deleted', async () => {
  const instances = await Promise.all([1, 2].map(() => createAuthWorld({ maxApiKeys: 10_000 }, world.db)));
  const accounts = await Promise.all([1, 2, 3, 4].map(() => world.register()));
  const principals = await Promise.all(accounts.map(({ accessToken }) => world.principalOf(accessToken)));
  // So that they need not be old.
  await world.db.query('alter table auth.audit_entry disable trigger audit_entry_rows');
  const store = createPgAuditStore(world.db);

  async function run({ instance, who, what }: Step): Promise<unknown> {
    const { bus, register } = instances[instance] as AuthWorld;
    const principal = principals[who] as Principal;
    if (what === 'login')
      return await bus.request('auth.login', { email: accounts[who]?.user.email as string, password: PASSWORD, clientIp: newId() });
    if (what === 'register') return await register();
    if (what === 'key') return await bus.request('auth.createApiKey', { principal, request: { name: 'k' } });
    if (what === 'delete') return await store.deleteBefore(new Date(Date.now() - 20));
    if (what === 'refused') return await giveUp();
    const act = { action: 'node.modeChanged', subject: { type: 'node', id: newId() }, details: {} } as const;
    const { entryId } = await bus.request('auth.recordAct', { principal: admin, act });
    const end = { entryId, code: who === 0 ? null : 'INTERNAL' };
    return await Promise.all(instances.map((each) => each.bus.request('auth.concludeAct', { principal: admin, end })));
  }
  /** A transaction that is rolled back after its entry was added. */
  const giveUp = () =>
    world.db
      .transaction(async (client) => {
        await client.query("insert into auth.audit_entry (id, at, action) values ($1, now(), 'user.loginFailed')", [newId()]);
        throw new Error('given up');
      })
      .catch(() => undefined);
  const rows = async () => (await world.db.query<{ n: number }>('select count(*) as n from auth.audit_entry')).rows[0]?.n;

  let last = (await verify()).last;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 24 }), async (steps) => {
      await Promise.all(steps.map(run));
      last = steps.reduce((sum, { what }) => sum + STEPS[what], last);
      const verdict = await verify();
      expect(verdict).toMatchObject({ valid: true, last });
      expect(await rows()).toBe(last - verdict.first + 1);
    }),
    { numRuns: 40 },
  );
  expect(last).toBeGreaterThan(100);
  expect((await verify()).first).toBeGreaterThan(1);
  for (const each of instances) await each.close();
}, 120_000);

it('chains the entries there were before, and says of acts in other services that their outcome is not known', async () => {
  const db = await createTestDatabase();
  await db.query('drop schema auth cascade');
  const before = await tempDir();
  for (const name of ['0001_auth.sql', '0002_network_keys.sql', '0003_audit.sql', '0004_user_list.sql'])
    await copyFile(new URL(name, MIGRATIONS), join(before, name));
  await migrate(db.url, [{ schema: 'auth', dir: before }]);
  const insert =
    'insert into auth.audit_entry (id, at, action, actor_id, subject_type, subject_id, details) values ($1, $2, $3, $4, $5, $6, $7)';
  const node = newId();
  for (let i = 0; i < 20; i++) {
    const acted = i === 3;
    const subject = acted ? ['node', node] : [null, null];
    await db.query(insert, [
      newId(),
      new Date(1_700_000_000_000 + i),
      acted ? 'node.modeChanged' : 'user.loginFailed',
      null,
      ...subject,
      { email: `“${i}”` },
    ]);
  }
  await migrate(db.url, [{ schema: 'auth', dir: MIGRATIONS }]);
  const migrated = await createAuthWorld({}, db);
  const principal = await migrated.admin();
  expect(await verifyLog(migrated.bus, principal)).toMatchObject({ valid: true, first: 1, last: 21 });
  const { items } = await migrated.bus.request('auth.auditLog', { principal, query: { limit: 100 } });
  expect(items.filter(({ outcome }) => outcome !== 'done').map(({ subject, outcome }) => [subject?.id, outcome])).toEqual([
    [node, 'attempted'],
  ]);
  await expect(db.query("update auth.audit_entry set action = 'x'")).rejects.toThrow('append-only');
  await migrated.close();
});

it('is for administrators, and refuses wrong cursors', async () => {
  const principal = await world.principalOf((await world.register()).accessToken);
  expect((await refusal(world.bus.request('auth.auditChain', { principal }))).code).toBe('FORBIDDEN');
  expect((await refusal(world.bus.request('auth.auditRecords', { principal, query: {} }))).code).toBe('FORBIDDEN');
  const wrong = world.bus.request('auth.auditRecords', { principal: admin, query: { cursor: '1x' } });
  expect((await refusal(wrong)).code).toBe('INVALID_CURSOR');
});
