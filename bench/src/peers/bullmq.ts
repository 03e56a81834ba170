import { Queue, Worker } from 'bullmq';
import { PAYLOAD, type Participant } from './participant.ts';

const QUEUE = 'job';
const CONCURRENCY = 200;

/** BullMQ on a Redis of its own, set as its guide says: finished jobs are removed, many are worked on at once. */
export async function createBullMq(port: number): Promise<Participant> {
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const queue = new Queue(QUEUE, {
    connection,
    defaultJobOptions: { removeOnComplete: true },
  });
  await queue.waitUntilReady();
  let worker: Worker | undefined;
  return {
    add: async () => void (await queue.add('job', PAYLOAD)),
    addBulk: async (count) => void (await queue.addBulk(Array.from({ length: count }, () => ({ name: 'job', data: PAYLOAD })))),
    async start(done) {
      worker = new Worker(QUEUE, async () => null, { connection, concurrency: CONCURRENCY });
      // Told when Redis has taken the completion.
      worker.on('completed', () => done(1));
      worker.on('error', (error) => console.error('BullMQ:', error));
      await worker.waitUntilReady();
    },
    async stop() {
      await worker?.close();
    },
    remaining: () => queue.getJobCountByTypes('waiting', 'active', 'prioritized', 'delayed'),
    close: () => queue.close(),
  };
}
