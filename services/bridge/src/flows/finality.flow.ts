import type { StoredBatch } from '../domain/ports.ts';
import { type Bridge, Stuck } from './bridge.ts';

/** Blocks' clocks and ours differ a little. */
const MARGIN_MS = 200;
/** A second rejection in a row says that what is built is wrong: going on would cost the bond. */
const MOST_REJECTIONS = 2;
const PRUNE_EVERY = 100;

/** Looks whether open batches were rejected, and notes the next one to be made final once its window is over. @throws Stuck, NearError. */
export async function watchOpenBatches(bridge: Bridge, { askChain }: { askChain: boolean }): Promise<void> {
  const posted = await bridge.settlements.open('posted');
  if (askChain && (await lookForRejection(bridge, posted))) return;
  const [next] = posted;
  if (next?.finalFromMs === undefined || bridge.now() < next.finalFromMs + MARGIN_MS) return;
  await bridge.settlements.addIntent('finalize', next.number);
  if (next.number % PRUNE_EVERY === 0) await bridge.settlements.addIntent('prune', next.number);
}

/** A rejection takes all later batches along, so the newest one tells. */
async function lookForRejection(bridge: Bridge, posted: readonly StoredBatch[]): Promise<boolean> {
  const newest = posted.at(-1);
  if (!newest || !(await isRejected(bridge, newest))) return false;
  for (const batch of posted) {
    if (!(await isRejected(bridge, batch))) continue;
    if (await bridge.settlements.reject(batch.number)) {
      for (const { number } of posted) if (number >= batch.number) await bridge.announce(number);
      bridge.logger.error({ batch: batch.number }, 'the contract rejected a settlement batch; its tasks go into the next one');
    }
    return true;
  }
  return false;
}

async function isRejected({ contract }: Bridge, { number }: StoredBatch): Promise<boolean> {
  return (await contract.batch(number))?.status === 'rejected';
}

/** @throws Stuck after too many rejections in a row since `sinceMs`. */
export async function checkRejections({ settlements }: Bridge, sinceMs: number): Promise<void> {
  if ((await settlements.rejections(sinceMs)) < MOST_REJECTIONS) return;
  throw new Stuck(
    'the contract rejected several batches in a row: see the causes in its events before any more of the bond is lost, then start the bridge again',
  );
}

/** Lets the completion log forget what is settled for good. */
export async function tellSettled({ settlements, bus }: Bridge, told: { through: string }): Promise<void> {
  const last = await settlements.lastFinal();
  if (!last || last.through === told.through) return;
  if (last.through !== '0') await bus.request('tasks.settledThrough', { id: last.through });
  told.through = last.through;
}
