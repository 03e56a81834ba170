import { DeaiError } from '@deai/protocol';
import { createTestDatabase, freePort, type TestDatabase, waitFor } from '@deai/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from './database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: 4 });
  await database.query('create table account (id int primary key, amount numeric not null check (amount >= 0))');
  await database.query('insert into account values (1, 100), (2, 100)');
});

async function ownPid(query: (text: string) => Promise<{ rows: unknown[] }>): Promise<number> {
  const { rows } = await query('select pg_backend_pid() as pid');
  return (rows[0] as { pid: number }).pid;
}

describe('values', () => {
  it('come back without losing a digit', async () => {
    const { rows } = await database.query(`
      select 9007199254740991::int8 as count, 123456789012345678901234567890::numeric as yocto, 0.1::numeric as tenth,
        array[123456789012345678901234567890, null]::numeric[] as yoctos, array[1, null]::int8[] as counts,
        timestamptz '2026-01-02 03:04:05.678+00' as at, date '2026-01-02' as day, '{"a":[1]}'::jsonb as json, '\\x00ff'::bytea as bytes`);
    expect(rows[0]).toEqual({
      count: 9_007_199_254_740_991,
      yocto: '123456789012345678901234567890',
      tenth: '0.1',
      yoctos: ['123456789012345678901234567890', null],
      counts: [1, null],
      at: new Date('2026-01-02T03:04:05.678Z'),
      day: '2026-01-02',
      json: { a: [1] },
      bytes: Buffer.from([0, 255]),
    });
  });

  it('go in as bigint, alone and in arrays', async () => {
    const amount = 2n ** 100n;
    const { rows } = await database.query('select $1::numeric as one, $2::numeric[] as many', [amount, [amount, 0n]]);
    expect(rows[0]).toEqual({ one: String(amount), many: [String(amount), '0'] });
  });

  it('fail the query rather than round an int8 that does not fit, and leave the connection usable', async () => {
    await expect(database.query('select 9007199254740992::int8 as big')).rejects.toThrow(RangeError);
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('a transaction', () => {
  it('commits what it did and gives the result of its work', async () => {
    const amount = await database.transaction(async (client) => {
      await client.query('update account set amount = amount + 5 where id = 1');
      return (await client.query<{ amount: string }>('select amount from account where id = 1')).rows[0]?.amount;
    });
    expect(amount).toBe('105');
    expect((await database.query('select amount from account where id = 1')).rows).toEqual([{ amount: '105' }]);
  });

  it('takes everything back when its work throws, and throws the same error', async () => {
    const error = new DeaiError('INSUFFICIENT_FUNDS');
    const work = database.transaction(async (client) => {
      await client.query('update account set amount = 0');
      throw error;
    });
    await expect(work).rejects.toBe(error);
    expect((await database.query('select 1 from account where amount = 0')).rows).toEqual([]);
  });

  it('gives a broken constraint as the driver does, with its SQLSTATE', async () => {
    await expect(database.query('update account set amount = -1')).rejects.toMatchObject({ code: '23514' });
  });

  it('does not pretend to have committed when its work swallowed an error', async () => {
    const work = database.transaction(async (client) => {
      await client.query('update account set amount = amount + 1000');
      await client.query('select 1/0').catch(() => {});
    });
    await expect(work).rejects.toMatchObject({ code: 'INTERNAL' });
    expect((await database.query('select 1 from account where amount > 1000')).rows).toEqual([]);
  });

  it('is run again after a deadlock until both sides succeed', async () => {
    let attempts = 0;
    let bothHoldOne = (): void => {};
    const meeting = new Promise<void>((resolve) => {
      bothHoldOne = resolve;
    });
    const swap = (first: number, second: number): Promise<void> =>
      database.transaction(async (client) => {
        attempts += 1;
        await client.query(`set local deadlock_timeout = '20ms'`);
        await client.query('update account set amount = amount + 1 where id = $1', [first]);
        if (attempts === 2) bothHoldOne();
        await meeting;
        await client.query('update account set amount = amount - 1 where id = $1', [second]);
      });
    const before = (await database.query('select * from account order by id')).rows;
    await Promise.all([swap(1, 2), swap(2, 1)]);
    expect(attempts).toBeGreaterThan(2);
    expect((await database.query('select * from account order by id')).rows).toEqual(before);
  });

  it('is run again after a serialization failure, and gives up after five times', async () => {
    let attempts = 0;
    const work = database.transaction(async (client) => {
      attempts += 1;
      await client.query(`do $$ begin raise exception using errcode = '40001'; end $$`);
    });
    await expect(work).rejects.toMatchObject({ code: '40001' });
    expect(attempts).toBe(5);
  });
});

describe('a lost connection', () => {
  it('of an idle client is replaced without anybody noticing', async () => {
    const pid = await ownPid(database.query);
    // The pool drops an idle client when it hears of the loss; a query before that is one under which the connection broke.
    const noticed = new Promise((resolve) => database.pool.once('error', resolve));
    const other = await openDatabase({ url: database.url });
    await other.query('select pg_terminate_backend($1)', [pid]);
    await noticed;
    await other.close();
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('between two statements of a transaction is UNAVAILABLE, with nothing saved and the process alive', async () => {
    const work = database.transaction(async (client) => {
      await client.query('update account set amount = 7');
      const broken = new Promise((resolve) => client.once('error', resolve));
      await database.query('select pg_terminate_backend($1)', [await ownPid((text) => client.query(text))]);
      await broken;
      await client.query('update account set amount = 8');
    });
    await expect(work).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { service: 'database' } });
    expect((await database.query('select 1 from account where amount in (7, 8)')).rows).toEqual([]);
  });

  it('under a statement is UNAVAILABLE and says that the outcome is unknown', async () => {
    const sleeping = database.query(`select pg_sleep(20) as "marked"`);
    const outcome = expect(sleeping).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { outcomeUnknown: true } });
    const find = `select pid, pg_terminate_backend(pid) from pg_stat_activity where query like '%"marked"' and datname = current_database()`;
    await waitFor(async () => (await database.query(find)).rowCount > 0);
    await outcome;
  });
});

describe('limits', () => {
  it('end a statement that takes too long with TIMEOUT', async () => {
    const hasty = await openDatabase({ url: database.url, statementTimeoutMs: 50 });
    await expect(hasty.query('select pg_sleep(20)')).rejects.toMatchObject({ code: 'TIMEOUT' });
    await hasty.close();
  });

  it('make a wrong address UNAVAILABLE and a wrong password CONFIG_INVALID, neither showing the password', async () => {
    const nowhere = `postgres://deai:secret@127.0.0.1:${await freePort()}/deai`;
    const error = await openDatabase({ url: nowhere }).catch((caught: unknown) => caught as DeaiError);
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    const wrong = new URL(database.url);
    wrong.password = 'secret';
    const refused = await openDatabase({ url: wrong.href }).catch((caught: unknown) => caught as DeaiError);
    expect(refused).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(JSON.stringify([error, refused])).not.toContain('secret');
  });

  it('let close be called twice', async () => {
    const short = await openDatabase({ url: database.url });
    await Promise.all([short.close(), short.close()]);
    await expect(short.query('select 1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
