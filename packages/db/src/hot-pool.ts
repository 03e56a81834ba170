import { DeaiError } from '@deai/protocol';
import type pg from 'pg';
import type { DbLogger, HotPool, HotStatement, QueryAnswer } from './database.types.ts';
import { toCallerError } from './database-errors.ts';
import { type HotConnection, openHotConnection } from './hot-connection.ts';
import { againAfterConflict } from './transaction.ts';

const WAIT_MS = 5_000;

interface Waiter {
  take(connection: HotConnection): void;
}

/** What {@link openHotPool} needs. */
export interface HotPoolOptions {
  connection: pg.ClientConfig;
  count: number;
  name: string;
  logger: DbLogger;
  waitMs?: number;
}

/** See `Database.hotConnections`. */
export async function openHotPool({ connection, count, name, logger, waitMs = WAIT_MS }: HotPoolOptions): Promise<HotPool> {
  if (!Number.isInteger(count) || count < 1) throw new DeaiError('INTERNAL', { reason: 'a hot pool needs at least one connection', count });
  const idle: HotConnection[] = [];
  const waiters = new Set<Waiter>();
  const listeners = new Set<() => void>();
  const connections: HotConnection[] = [];
  const running = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const offer = (free: HotConnection): void => {
    const [next] = waiters;
    if (next) {
      next.take(free);
      return;
    }
    idle.push(free);
    for (const listener of listeners) listener();
  };

  const take = (): HotConnection | Promise<HotConnection> => {
    const free = idle.pop();
    return free ?? waitForConnection(waiters, waitMs);
  };

  const runOn = async <Row>(on: HotConnection, statement: HotStatement): Promise<QueryAnswer<Row>> => {
    let alive = true;
    try {
      return await on.run<Row>(statement);
    } catch (error) {
      const told = toCallerError(error, { sent: true });
      // A broken connection offers itself again once it is replaced.
      alive = !(told instanceof DeaiError && told.code === 'UNAVAILABLE');
      throw told;
    } finally {
      if (alive) offer(on);
    }
  };

  const onDown = (lost: HotConnection): void => {
    const at = idle.indexOf(lost);
    if (at >= 0) idle.splice(at, 1);
  };

  const pool: HotPool = {
    name,
    size: count,
    get idle() {
      return idle.length;
    },
    get waiting() {
      return waiters.size;
    },
    query: <Row>(statement: HotStatement) => {
      if (closing) return Promise.reject(new DeaiError('UNAVAILABLE', { service: 'database', reason: `hot pool ${name} is closed` }));
      const work = againAfterConflict(logger, async () => await runOn<Row>(await take(), statement));
      const settled = work.catch(() => {}).finally(() => running.delete(settled));
      running.add(settled);
      return work;
    },
    onIdle: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      closing ??= (async () => {
        listeners.clear();
        await Promise.all(running);
        await Promise.all(connections.map((open) => open.close()));
      })();
      return closing;
    },
  };

  const opened = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => openHotConnection({ connection, label: `${name}[${index}]`, logger, onUp: offer, onDown })),
  );
  for (const result of opened) if (result.status === 'fulfilled') connections.push(result.value);
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed) {
    await pool.close();
    throw toCallerError(failed.reason, { sent: false });
  }
  return pool;
}

function waitForConnection(waiters: Set<Waiter>, waitMs: number): Promise<HotConnection> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      waiters.delete(waiter);
    };
    const waiter: Waiter = {
      take: (connection) => {
        leave();
        resolve(connection);
      },
    };
    const timer = setTimeout(() => {
      leave();
      reject(new DeaiError('UNAVAILABLE', { service: 'database', reason: 'no hot connection became free in time', waitMs }));
    }, waitMs);
    waiters.add(waiter);
  });
}
