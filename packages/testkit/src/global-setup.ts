import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, openDatabase, startEmbeddedPostgres } from '@deai/db';
import type { TestProject } from 'vitest/node';
import { discoverMigrations } from './service-schemas.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The maintenance database of the run's cluster. */
    clusterUrl: string;
    /** A database with every migration applied, to be cloned. */
    templateName: string;
    /** The schemas in it. */
    templateSchemas: string[];
  }
}

const FOLDER = /^deai-test-cluster-(\d+)$/;
const TEMPLATE = 'deai_template';

/** One cluster for the whole run, not durable and in the temporary folder, with a migrated template database. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await removeAbandoned();
  const dataDir = join(tmpdir(), `deai-test-cluster-${process.pid}`);
  // The full shared buffers of the product would only cost start-up time here.
  const cluster = await startEmbeddedPostgres({ dataDir, durable: false, settings: { shared_buffers: '128MB' } });
  const tearDown = async (): Promise<void> => {
    await cluster.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const template = new URL(cluster.url);
    template.pathname = `/${TEMPLATE}`;
    const database = await openDatabase({ url: cluster.url, maxConnections: 1 });
    await database.query(`create database ${TEMPLATE}`);
    await database.close();
    const migrations = await discoverMigrations();
    await migrate(template.href, migrations);
    project.provide(
      'templateSchemas',
      migrations.map(({ schema }) => schema),
    );
  } catch (error) {
    await tearDown();
    throw error;
  }
  project.provide('clusterUrl', cluster.url);
  project.provide('templateName', TEMPLATE);
  return tearDown;
}

/** A run that was killed could not delete its folder; its server has stopped by itself. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(FOLDER.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
