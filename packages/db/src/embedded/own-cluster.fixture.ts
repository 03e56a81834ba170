import { startEmbeddedPostgres } from './embedded-postgres.ts';

/** A process that owns a cluster until it is killed; tests start and kill it. Argument: the data folder. */
const cluster = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', durable: process.argv[3] !== 'not-durable' });
process.stdout.write(`up ${JSON.stringify({ url: cluster.url, pid: cluster.pid })}\n`);
process.on('SIGTERM', () => {
  void cluster.stop().then(() => process.stdout.write('stopped\n'));
});
setInterval(() => {}, 60_000).ref();
