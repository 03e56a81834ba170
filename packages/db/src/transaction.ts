import { setTimeout as delay } from 'node:timers/promises';
import { DeaiError } from '@deai/protocol';
import type pg from 'pg';
import type { DbLogger } from './database.types.ts';
import { errorCodeOf, isConnectionLoss, toCallerError } from './database-errors.ts';

const ATTEMPTS = 5;
const RETRIED = new Set(['40001', '40P01']);

/**
 * Runs `work` again when PostgreSQL gave it up for another transaction's sake, which undoes all of it: up to five times in all.
 * For a single statement or a whole transaction.
 */
export async function againAfterConflict<T>(logger: DbLogger, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const sqlState = errorCodeOf(error);
      if (!RETRIED.has(sqlState) || attempt === ATTEMPTS) throw error;
      logger.debug({ sqlState, attempt }, 'given up for another transaction, run again');
    }
    // Full jitter: the two sides of a deadlock must not meet again at the same moment.
    await delay(Math.random() * 5 * 2 ** attempt);
  }
}

/** What `Database.transaction` promises, over a pool. */
export function runTransaction<T>(pool: pg.Pool, logger: DbLogger, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return againAfterConflict(logger, async () => await runOnce(await connect(pool), work));
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw toCallerError(error, { sent: false });
  }
}

async function runOnce<T>(client: pg.PoolClient, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  let committing = false;
  try {
    await client.query('begin');
    const result = await work(client);
    committing = true;
    const { command } = await client.query('commit');
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error: work that swallowed one would seem to have been saved.
    if (command !== 'COMMIT')
      throw new DeaiError('INTERNAL', { reason: 'a statement of the transaction failed and its error was ignored' });
    client.release();
    return result;
  } catch (error) {
    // A connection whose state is not known to be clean is thrown away instead of being given to the next caller.
    const broken = isConnectionLoss(error) || !(await rollback(client));
    client.release(broken);
    // Before COMMIT nothing can have taken effect, so the outcome is known even when the connection is gone.
    throw toCallerError(error, { sent: committing });
  }
}

async function rollback(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
