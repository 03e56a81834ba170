import type { Database, HotPool } from '@deai/db';
import type { Metrics } from '@deai/service-kit';

/** Fine where the targets lie, so that a percentile read off the buckets is close to the true one. */
const SECONDS = [
  0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** The database, with every statement timed as its caller sees it, waiting for a connection included. */
export function observeDatabase(db: Database, metrics: Metrics): Database {
  const seconds = metrics.histogram('deai_db_query_seconds', 'Duration of statements, by pool', ['pool'], SECONDS);
  const timed = async <T>(pool: 'general' | 'hot', work: Promise<T>): Promise<T> => {
    const end = seconds.startTimer({ pool });
    return await work.finally(end);
  };
  const observeHot = (hot: HotPool): HotPool => ({
    name: hot.name,
    size: hot.size,
    get idle() {
      return hot.idle;
    },
    get waiting() {
      return hot.waiting;
    },
    query: (statement) => timed('hot', hot.query(statement)),
    onIdle: hot.onIdle,
    close: hot.close,
  });
  return {
    ...db,
    query: (text, values) => timed('general', db.query(text, values)),
    hotConnections: async (count, name) => observeHot(await db.hotConnections(count, name)),
  };
}
