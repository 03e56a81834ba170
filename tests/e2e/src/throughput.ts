import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './accounts.ts';
import type { HonestNode } from './honest-node.ts';
import { languageTask } from './load.ts';

/** How to load a network for a measurement. */
export interface ThroughputOptions {
  /** The same requester at each gateway; submissions take turns between them. */
  requesters: Account[];
  nodes: HonestNode[];
  /** Tasks of one submission. */
  batch: number;
  /** Tasks submitted and not yet done: enough to keep every node at work, too few to fill a queue. */
  underWay: number;
  warmUpMs: number;
  measureMs: number;
}

const LOOPS = 16;

/** Tasks per second to paid completion, as the nodes are told of it. Resolves when everything that was submitted is done. */
export async function measureThroughput(options: ThroughputOptions): Promise<number> {
  const { requesters, nodes, batch, underWay, warmUpMs, measureMs } = options;
  const done = () => nodes.reduce((sum, node) => sum + node.accepted.size, 0);
  const before = done();
  let submitted = 0;
  let stopping = false;
  const submit = async (loop: number) => {
    for (let turn = loop; !stopping; turn++) {
      if (submitted - (done() - before) + batch > underWay) {
        await delay(2);
        continue;
      }
      submitted += batch;
      const { client } = requesters[turn % requesters.length] as Account;
      await client.tasks.submitMany(Array.from({ length: batch }, () => languageTask()));
    }
  };
  const loops = Promise.all(Array.from({ length: LOOPS }, (_, loop) => submit(loop)));
  await delay(warmUpMs);
  const [startMs, startDone] = [performance.now(), done()];
  await delay(measureMs);
  const perSecond = ((done() - startDone) * 1000) / (performance.now() - startMs);
  stopping = true;
  await loops;
  while (done() - before < submitted) await delay(10);
  return perSecond;
}
