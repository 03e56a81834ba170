/** Durability is never traded for speed: what has been acknowledged is on disk. */
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' } as const;

/** For tests: a crash of the machine loses everything. Synchronous commit stays, so that a crash of the server alone loses nothing. */
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'on', full_page_writes: 'off' } as const;

const PRODUCT = {
  max_connections: '200',
  shared_buffers: '256MB',
  wal_compression: 'on',
  max_wal_size: '4GB',
  checkpoint_completion_target: '0.9',
  random_page_cost: '1.1',
  // Statements here are short: compiling them costs more than it saves.
  jit: 'off',
  // Queue tables turn over completely all the time, so the default of a fifth of the table lets dead rows pile up.
  autovacuum_naptime: '10s',
  autovacuum_vacuum_scale_factor: '0.02',
  autovacuum_vacuum_insert_scale_factor: '0.05',
  autovacuum_analyze_scale_factor: '0.02',
  autovacuum_vacuum_cost_limit: '2000',
  // A client that vanished inside a transaction must not hold its row locks for ever.
  idle_in_transaction_session_timeout: '60s',
  tcp_keepalives_idle: '30',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %a ',
  log_min_duration_statement: '1s',
  logging_collector: 'off',
  log_destination: 'stderr',
} as const;

/** The whole server configuration; what a caller sets goes over the product's, except where and to whom it listens. */
export function serverSettings(options: { port: number; durable: boolean; settings: Record<string, string> }): Record<string, string> {
  return {
    ...PRODUCT,
    ...(options.durable ? DURABLE : NOT_DURABLE),
    ...options.settings,
    listen_addresses: '127.0.0.1',
    port: String(options.port),
    // A socket's path may be at most about 100 bytes long, and a data folder's may be longer.
    unix_socket_directories: '',
  };
}

/** As command-line options of `postgres`, so that they follow the program's version and not the age of the cluster. */
export function settingArguments(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
