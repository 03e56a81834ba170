/** Appends results to the spool in the folder of its first argument for ever, printing each lease id once it is durable. */
import { openSpool } from '../spool/result-spool.ts';
import { wireResult } from './fixtures.ts';

const spool = await openSpool({ dir: process.argv[2] as string, maxBytes: 1e9 });
for (;;) {
  const results = Array.from({ length: 5 }, () => wireResult({ output: JSON.stringify('x'.repeat(2_000)) }));
  await Promise.all(results.map((result) => spool.append(result)));
  process.stdout.write(results.map((result) => `${result.leaseId}\n`).join(''));
}
