import { Logger, makeWorkerUtils, type Runner, run } from 'graphile-worker';
import pg from 'pg';
import type { Participant } from './participant.ts';
import { PAYLOAD } from './participant.ts';

/** As https://worker.graphile.org/docs/performance sets it for its own figures. */
const TUNED = { concurrentJobs: 24, maxPoolSize: 25, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
const ADDING_CONNECTIONS = 25;
const silent = new Logger(() => () => {});

/** graphile-worker on a database of its own. */
export async function createGraphileWorker(databaseUrl: string): Promise<Participant> {
  const pgPool = new pg.Pool({ connectionString: databaseUrl, max: ADDING_CONNECTIONS });
  const report = (error: Error) => console.error('graphile-worker:', error);
  pgPool.on('error', report).on('connect', (client) => client.on('error', report));
  const utils = await makeWorkerUtils({ pgPool, logger: silent });
  await utils.migrate();
  let runner: Runner | undefined;
  return {
    add: async () => void (await utils.addJob('job', PAYLOAD)),
    addBulk: async (count) => void (await utils.addJobs(Array.from({ length: count }, () => ({ identifier: 'job', payload: PAYLOAD })))),
    async start(done) {
      runner = await run({
        preset: { worker: { connectionString: databaseUrl, logger: silent, ...TUNED } },
        taskList: { job: async () => done(1) },
        noHandleSignals: true,
      });
    },
    async stop() {
      await runner?.stop();
    },
    // Finished jobs are deleted, some at a time and after their handler returned.
    async remaining() {
      const { rows } = await pgPool.query<{ left: boolean }>('select exists (select from graphile_worker._private_jobs) as left');
      return rows[0]?.left ? 1 : 0;
    },
    async close() {
      await utils.release();
      await pgPool.end();
    },
  };
}
