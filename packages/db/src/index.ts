export { openDatabase } from './database.ts';
export type { Database, DbLogger, HotPool, HotStatement, OpenDatabaseOptions, QueryAnswer } from './database.types.ts';
export type { EmbeddedExit, EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded/embedded.types.ts';
export { startEmbeddedPostgres } from './embedded/embedded-postgres.ts';
export { freePort } from './embedded/free-port.ts';
export { type Migrations, migrate } from './migrate.ts';
export { type ColumnValue, type RecordSet, recordSet } from './record-set.ts';
