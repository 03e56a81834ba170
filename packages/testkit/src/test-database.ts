import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, type OpenDatabaseOptions, openDatabase } from '@deai/db';
import { inject } from 'vitest';
import { cleanUpAtEnd } from './cleanup.ts';
import './global-setup.ts';

const CLOSE_MS = 5_000;

/** A database of one test file. */
export interface TestDatabase extends Database {
  /** Closes and deletes it; done at the end of the file by itself. Idempotent. */
  drop(): Promise<void>;
}

/** A clone of the migrated template, deleted at the end of the file. Only in tests of the `integration` project. */
export async function createTestDatabase(options: Omit<OpenDatabaseOptions, 'url'> = {}): Promise<TestDatabase> {
  const clusterUrl = inject('clusterUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onCluster(clusterUrl, `create database ${name} template ${inject('templateName')}`);
  const url = new URL(clusterUrl);
  url.pathname = `/${name}`;
  const database = await openDatabase({ ...options, url: url.href });
  let dropping: Promise<void> | undefined;
  const drop = (): Promise<void> => {
    dropping ??= closeInTime(database).finally(() => onCluster(clusterUrl, `drop database if exists ${name} with (force)`));
    return dropping;
  };
  cleanUpAtEnd(drop);
  return { ...database, drop };
}

/** A client that a failed test never released would make the pool wait for ever. */
async function closeInTime(database: Database): Promise<void> {
  const late = new AbortController();
  const timeout = delay(CLOSE_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error('the test kept a database connection: release every client it takes from the pool');
  });
  await Promise.race([database.close(), timeout]).finally(() => late.abort());
}

async function onCluster(url: string, statement: string): Promise<void> {
  const cluster = await openDatabase({ url, maxConnections: 1 });
  try {
    await cluster.query(statement);
  } finally {
    await cluster.close();
  }
}
