import type pg from 'pg';

/** Where this package reports what no caller sees: lost connections, reconnects, retries. A pino logger fits. */
export interface DbLogger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Rows and the number of rows returned or touched. */
export interface QueryAnswer<Row> {
  rows: Row[];
  rowCount: number;
}

/**
 * The database as services see it.
 *
 * Values come back as: `int8` → `number` (a value beyond ±(2^53 − 1) fails the query instead of losing digits), `numeric` → `string`
 * (amounts go through `BigInt`), `timestamptz` → `Date`, `date` → `'YYYY-MM-DD'`, `jsonb` → parsed, `bytea` → `Buffer`; arrays of these alike.
 * `bigint` parameters may be passed as they are.
 *
 * Errors of {@link query}, {@link transaction} and {@link HotPool.query}: a lost or refused connection is `DeaiError('UNAVAILABLE')`
 * (`details.outcomeUnknown` is true when the statement or the COMMIT was under way and may have taken effect), a statement over its time
 * limit is `DeaiError('TIMEOUT')`; everything else (constraint violations and so on) is the driver's error with its SQLSTATE in `code`.
 */
export interface Database {
  readonly url: string;
  /** For what the methods below do not cover. It gives the driver's own errors; an idle connection's loss is logged and never thrown. */
  readonly pool: pg.Pool;
  /** One statement on any free connection. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<QueryAnswer<Row>>;
  /**
   * Runs `work` between BEGIN and COMMIT; any throw rolls back. On serialization failure (40001) or deadlock (40P01) the whole of `work`
   * runs again, up to five times in all, so it must have no effects outside the database.
   */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /**
   * Dedicated connections for hot statements, with pinned planner settings: sequential scans, hash and merge joins and JIT off, one generic
   * plan a prepared statement. Needs a session of its own: a direct connection or a pooler in session mode.
   * Resolves when all `count` connections are up.
   */
  hotConnections(count: number, name: string): Promise<HotPool>;
  /** Waits for running statements, then closes every connection, also those of its hot pools. Idempotent. */
  close(): Promise<void>;
}

/** A statement for a {@link HotPool}; with `name` it is prepared once a connection and planned once. */
export interface HotStatement {
  text: string;
  values?: readonly unknown[];
  name?: string;
}

/** A fixed set of connections that each run one statement at a time; broken ones are replaced with backoff, for ever. */
export interface HotPool {
  readonly name: string;
  readonly size: number;
  /** Connections that are up and have nothing to do. */
  readonly idle: number;
  /** Statements that wait for a connection. */
  readonly waiting: number;
  /**
   * Runs on an idle connection, or waits for one in order of arrival: at most `waitMs` (5 s), then `UNAVAILABLE`.
   * On serialization failure (40001) or deadlock (40P01), which undo it, the statement runs again, up to five times in all.
   * When its connection breaks the statement is not repeated: it rejects with `UNAVAILABLE` and `details.outcomeUnknown`.
   */
  query<Row = Record<string, unknown>>(statement: HotStatement): Promise<QueryAnswer<Row>>;
  /** Calls back each time a connection becomes idle with nothing waiting. Returns the way to unsubscribe. */
  onIdle(listener: () => void): () => void;
  /** Lets running and waiting statements finish, then closes. Idempotent. */
  close(): Promise<void>;
}

/** How to open a {@link Database}. */
export interface OpenDatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  /** Upper bound of the general pool; hot connections come on top. Default 10. */
  maxConnections?: number;
  /** Shown in `pg_stat_activity`. Default `deai`. */
  applicationName?: string;
  /**
   * A statement may take this long. Default 30 000; 0 is no limit. It is a startup parameter of the connection: list `statement_timeout` in
   * PgBouncer's `ignore_startup_parameters`, and set it on the role there.
   */
  statementTimeoutMs?: number;
  logger?: DbLogger;
}
