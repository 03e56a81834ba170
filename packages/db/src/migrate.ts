import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeaiError } from '@deai/protocol';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import type { DbLogger } from './database.types.ts';
import { toCallerError } from './database-errors.ts';
import { SILENT } from './silent-logger.ts';

/** One service's schema and the folder with its `0001_name.sql` files. */
export interface Migrations {
  schema: string;
  dir: string | URL;
}

const TABLE = 'migrations';
/** Any constant will do, as long as every DeAI process uses the same one. */
const LOCK_KEY = 3_245_121;
const SCHEMA_NAME = /^[a-z][a-z0-9_]{0,62}$/;
const FILE_NAME = /^(\d{4})_[a-z0-9][a-z0-9_-]*\.sql$/;
const ONLY_SQL = '(?!.*\\.sql$).*';

/**
 * Applies every pending migration, schema by schema in the order given, each schema in one transaction with `search_path` set to it and its
 * history in `<schema>.migrations`. Processes that start at once take turns; one that comes later finds nothing to do.
 * Needs a direct connection or a pooler in session mode.
 * @returns what was applied, as `schema/0001_name`.
 * @throws DeaiError `CONFIG_INVALID` when a folder, name or the order is wrong or a migration fails (that schema is then left as it was).
 */
export async function migrate(
  target: string | pg.ClientBase,
  migrations: readonly Migrations[],
  { logger = SILENT }: { logger?: DbLogger } = {},
): Promise<string[]> {
  for (const each of migrations) await checkFiles(each);
  if (typeof target !== 'string') return migrateLocked(target, migrations, logger);
  const client = new pg.Client({ connectionString: target, application_name: 'deai:migrate' });
  client.on('error', (error) => logger.warn({ err: error }, 'the connection of the migrations broke'));
  try {
    await client.connect();
    return await migrateLocked(client, migrations, logger);
  } catch (error) {
    throw toCallerError(error, { sent: false });
  } finally {
    await client.end();
  }
}

async function migrateLocked(client: pg.ClientBase, migrations: readonly Migrations[], logger: DbLogger): Promise<string[]> {
  // Waiting for another process that migrates may take longer than any statement's limit.
  await client.query('set statement_timeout = 0');
  await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
  try {
    const applied: string[] = [];
    for (const each of migrations) applied.push(...(await migrateSchema(client, each, logger)));
    return applied;
  } finally {
    // On a lost connection the server has released the lock, and the first error is the one to show.
    await client.query(`select pg_advisory_unlock(${LOCK_KEY}); reset search_path; reset statement_timeout`).catch(() => {});
  }
}

async function migrateSchema(client: pg.ClientBase, { schema, dir }: Migrations, logger: DbLogger): Promise<string[]> {
  const report: string[] = [];
  const say = (message: string): void => {
    report.push(message);
    logger.debug({ schema }, message);
  };
  try {
    const applied = await runner({
      dbClient: client,
      dir: toPath(dir),
      direction: 'up',
      schema,
      createSchema: true,
      migrationsTable: TABLE,
      ignorePattern: ONLY_SQL,
      singleTransaction: true,
      noLock: true,
      logger: { debug: say, info: say, warn: say, error: say },
    });
    if (applied.length > 0) logger.info({ schema, applied: applied.map(({ name }) => name) }, 'migrations applied');
    return applied.map(({ name }) => `${schema}/${basename(name)}`);
  } catch (error) {
    const told = toCallerError(error, { sent: true });
    if (told instanceof DeaiError) throw told;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DeaiError('CONFIG_INVALID', { schema, dir: toPath(dir), reason, report: report.slice(-5).join('\n') }, { cause: error });
  }
}

async function checkFiles({ schema, dir }: Migrations): Promise<void> {
  const refuse = (reason: string, hint: string, cause?: unknown): never => {
    throw new DeaiError('CONFIG_INVALID', { schema, dir: toPath(dir), reason, hint }, { cause });
  };
  if (!SCHEMA_NAME.test(schema)) refuse('the schema name is not lower snake case', 'Use letters, digits and underscores.');
  const names = await readdir(toPath(dir)).catch((error: unknown) =>
    refuse('the migrations folder cannot be read', 'Check the path.', error),
  );
  const seen = new Set<string>();
  for (const name of names.filter((each) => each.endsWith('.sql'))) {
    const number = FILE_NAME.exec(name)?.[1] ?? refuse(`${name} is not named like 0001_name.sql`, 'Rename it.');
    if (seen.has(number)) refuse(`two migrations have the number ${number}`, 'Renumber the newer one.');
    seen.add(number);
  }
}

function toPath(dir: string | URL): string {
  return dir instanceof URL || dir.startsWith('file:') ? fileURLToPath(dir) : dir;
}
