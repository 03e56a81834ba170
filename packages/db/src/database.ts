import { DeaiError } from '@deai/protocol';
import pg from 'pg';
import type { Database, HotPool, OpenDatabaseOptions, QueryAnswer } from './database.types.ts';
import { errorCodeOf, isConnectionLoss, toCallerError, withoutPassword } from './database-errors.ts';
import { openHotPool } from './hot-pool.ts';
import { SILENT } from './silent-logger.ts';
import { runTransaction } from './transaction.ts';
import { VALUE_TYPES } from './value-types.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects to any PostgreSQL and proves that it answers.
 * @throws DeaiError `UNAVAILABLE` when nothing answers at `url`, `CONFIG_INVALID` when the server refuses the user, password or database.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { url, maxConnections = 10, applicationName = 'deai', statementTimeoutMs = 30_000, logger = SILENT } = options;
  const connection: pg.ClientConfig = {
    connectionString: url,
    types: VALUE_TYPES,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...(statementTimeoutMs > 0 ? { statement_timeout: statementTimeoutMs } : {}),
  };
  let closing: Promise<void> | undefined;
  const pool = new pg.Pool({ ...connection, max: maxConnections, application_name: applicationName });
  pool.on('error', (error) => {
    if (!closing) logger.warn({ err: error }, 'an idle database connection was lost');
  });
  // A connection that breaks between two statements of a transaction has no query to reject: without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', (error) => logger.debug({ err: error }, 'a database connection broke')));
  await probe(pool, url);

  const hotPools = new Set<HotPool>();
  return {
    url,
    pool,
    query: <Row>(text: string, values?: readonly unknown[]) => runQuery<Row>(pool, text, values),
    transaction: (work) => runTransaction(pool, logger, work),
    hotConnections: async (count, name) => {
      const hot = await openHotPool({ connection: { ...connection, application_name: `${applicationName}:${name}` }, count, name, logger });
      hotPools.add(hot);
      return hot;
    },
    close: () => {
      closing ??= Promise.all([...hotPools].map((hot) => hot.close())).then(() => pool.end());
      return closing;
    },
  };
}

async function runQuery<Row>(pool: pg.Pool, text: string, values?: readonly unknown[]): Promise<QueryAnswer<Row>> {
  try {
    const { rows, rowCount } = await pool.query(text, values as unknown[] | undefined);
    return { rows, rowCount: rowCount ?? 0 };
  } catch (error) {
    throw toCallerError(error, { sent: true });
  }
}

async function probe(pool: pg.Pool, url: string): Promise<void> {
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    const facts = { url: withoutPassword(url), reason: error instanceof Error ? error.message || errorCodeOf(error) : String(error) };
    if (isConnectionLoss(error)) {
      throw new DeaiError('UNAVAILABLE', { ...facts, hint: 'Check that PostgreSQL runs there and takes connections.' }, { cause: error });
    }
    throw new DeaiError('CONFIG_INVALID', { ...facts, hint: 'Check user, password and database in DATABASE_URL.' }, { cause: error });
  }
}
