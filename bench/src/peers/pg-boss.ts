import { setTimeout as delay } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { PAYLOAD, type Participant } from './participant.ts';

const QUEUE = 'job';
const CONNECTIONS = 25;
const FETCH = 500;
const FETCHERS = 4;
const IDLE_MS = 2;

/** pg-boss on a database of its own: large fetches by several loops, which is faster than its own polling workers. */
export async function createPgBoss(databaseUrl: string): Promise<Participant> {
  const boss = new PgBoss({ connectionString: databaseUrl, max: CONNECTIONS });
  boss.on('error', (error) => console.error('pg-boss:', error));
  await boss.start();
  await boss.createQueue(QUEUE);
  let processing = false;
  let loops: Promise<void>[] = [];

  async function processAll(done: (count: number) => void): Promise<void> {
    while (processing) {
      const jobs = await boss.fetch(QUEUE, { batchSize: FETCH });
      if (jobs.length === 0) await delay(IDLE_MS);
      else {
        const ids = jobs.map(({ id }) => id);
        await boss.complete(QUEUE, ids);
        done(ids.length);
      }
    }
  }
  return {
    add: async () => void (await boss.send(QUEUE, PAYLOAD)),
    addBulk: async (count) =>
      void (await boss.insert(
        QUEUE,
        Array.from({ length: count }, () => ({ data: PAYLOAD })),
      )),
    async start(done) {
      processing = true;
      loops = Array.from({ length: FETCHERS }, () => processAll(done));
    },
    async stop() {
      processing = false;
      await Promise.all(loops);
    },
    async remaining() {
      const { rows } = await boss
        .getDb()
        .executeSql(`select count(*)::int as left from pgboss.job where name = $1 and state < 'completed'`, [QUEUE]);
      return rows[0].left;
    },
    close: () => boss.stop({ graceful: false }),
  };
}
