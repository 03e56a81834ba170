import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { DbLogger, HotStatement, QueryAnswer } from './database.types.ts';
import { isConnectionLoss } from './database-errors.ts';

const BACKOFF_FIRST_MS = 25;
const BACKOFF_MAX_MS = 2_000;

/**
 * Measured: a join of 500 unnested ids took 363 ms instead of 6.5 when stale statistics chose a scan, and plans cached on an empty table stay
 * bad. With only index paths left, and nothing materialised, little is left that can flip.
 */
const PIN_PLANS = `
  set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off;
  set enable_material = off; set jit = off;
  set plan_cache_mode = force_generic_plan`;

/**
 * Plans older than this are made anew, for about a millisecond a statement: one from when a table was empty read whole partitions for each
 * batch until the next analyze, which doubled PostgreSQL's time a task. The planner goes by the table's size of the moment.
 */
const PLANS_KEPT_MS = 1_000;

/** One connection that is replaced when it breaks. */
export interface HotConnection {
  run<Row>(statement: HotStatement): Promise<QueryAnswer<Row>>;
  /** Ends the session and stops reconnecting. */
  close(): Promise<void>;
}

/** What a {@link HotConnection} needs: where to connect and whom to tell. */
export interface HotConnectionOptions {
  connection: pg.ClientConfig;
  label: string;
  logger: DbLogger;
  onUp(connection: HotConnection): void;
  onDown(connection: HotConnection): void;
}

/** Resolves when the first session is up; rejects with the driver's error when it cannot be opened. */
export async function openHotConnection({ connection, label, logger, onUp, onDown }: HotConnectionOptions): Promise<HotConnection> {
  let closed = false;
  let client: pg.Client | undefined;
  let plannedAtMs = Date.now();
  const stopWaiting = new AbortController();

  const self: HotConnection = {
    run: async <Row>({ text, values, name }: HotStatement) => {
      const session = client;
      if (!session) throw new Error('Connection terminated');
      try {
        if (Date.now() - plannedAtMs > PLANS_KEPT_MS) {
          plannedAtMs = Date.now();
          await session.query('discard plans');
        }
        const { rows, rowCount } = await session.query({ text, values: values as unknown[], ...(name ? { name } : {}) });
        return { rows: rows as Row[], rowCount: rowCount ?? 0 };
      } catch (error) {
        // Not every loss closes the socket; ending it makes sure that `lost` runs and a new session replaces this one.
        if (isConnectionLoss(error)) session.end().catch(() => {});
        throw error;
      }
    },
    close: async () => {
      closed = true;
      stopWaiting.abort();
      const last = client;
      client = undefined;
      await last?.end();
    },
  };

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client(connection);
    fresh.on('error', (error) => logger.debug({ err: error, label }, 'a hot connection reported an error'));
    try {
      await fresh.connect();
      await fresh.query(PIN_PLANS);
    } catch (error) {
      fresh.end().catch(() => {});
      throw error;
    }
    if (closed) return fresh.end();
    client = fresh;
    fresh.once('end', lost);
    onUp(self);
  };

  const lost = (): void => {
    if (closed) return;
    client = undefined;
    logger.warn({ label }, 'a hot connection was lost');
    onDown(self);
    void reconnect();
  };

  const reconnect = async (): Promise<void> => {
    for (let waitMs = BACKOFF_FIRST_MS; !closed; waitMs = Math.min(waitMs * 2, BACKOFF_MAX_MS)) {
      try {
        await delay(waitMs * (0.5 + Math.random() / 2), undefined, { signal: stopWaiting.signal });
        await connect();
        if (!closed) logger.info({ label }, 'a hot connection is back');
        return;
      } catch (error) {
        if (!closed) logger.debug({ err: error, label }, 'a hot connection could not be reopened yet');
      }
    }
  };

  await connect();
  return self;
}
