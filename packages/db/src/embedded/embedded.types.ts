import type { DbLogger } from '../database.types.ts';

/** How to start the embedded cluster. */
export interface EmbeddedPostgresOptions {
  /** The folder that holds the cluster, its password, its log and its lock; created if missing. One process at a time may own it. */
  dataDir: string;
  /** Default: a free one, asked of the system. */
  port?: number;
  /** Default true. False turns fsync off: for tests only, a crash of the machine loses the cluster. */
  durable?: boolean;
  /** Server settings on top of (and over) the product's own. */
  settings?: Record<string, string>;
  /** Default true: a server that ends by itself is started again on the same port, for as long as it takes. */
  restarts?: boolean;
  logger?: DbLogger;
}

/** What an ended server told: `expected` is true after {@link EmbeddedPostgres.stop}. */
export interface EmbeddedExit {
  expected: boolean;
  code: number | null;
  /** The last lines of the server's log. */
  logTail: string;
}

/**
 * A running cluster of ours. It stops when this process ends, however it ends. It does not keep the process alive. A server that is killed
 * comes back at the same address with all that it committed; connections to it are lost, statements meanwhile find nobody.
 */
export interface EmbeddedPostgres {
  /** The database `deai`, with the user's password. */
  readonly url: string;
  readonly port: number;
  /** Of the postmaster; another one after a restart. */
  readonly pid: number;
  /** True when this start created the cluster. */
  readonly created: boolean;
  readonly logFile: string;
  /** Fast shutdown (open transactions roll back); immediate after 30 s. Idempotent; resolves when no process of the cluster is left. */
  stop(): Promise<void>;
  /** Calls back once when the server has ended for good, also when it ended before the call. */
  onExit(listener: (exit: EmbeddedExit) => void): void;
}
