import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../measure/clock.ts';
import type { Participant } from './participant.ts';

/** `after`: everything is added, then everything is processed. `during`: it is processed while it is being added. */
export type Mode = 'after' | 'during';

/** Jobs a second, added and processed, by mode; `batch` is `null` where the queue takes one at a time. */
export interface ModeRates {
  single: Record<Mode, number>;
  batch: Record<Mode, number> | null;
}

export interface Amount {
  /** How long jobs are added. */
  seconds: number;
  warmupJobs: number;
}

interface Adding {
  adders: number;
  /** Jobs of one call. */
  size: number;
}

const SINGLE: Adding = { adders: 100, size: 1 };
/** Two more than cores keep every participant busy. */
const BULK: Adding = { adders: 4, size: 500 };
const PATIENCE_MS = 60_000;
const POLL_MS = 2;

/** Measures singles and bulk, each in both modes. @throws Error when a job is lost or done twice. */
export async function measureParticipant(participant: Participant, { seconds, warmupJobs }: Amount): Promise<ModeRates> {
  const warmupMs = (seconds * 1000) / 4;
  await rateOf(participant, SINGLE, 'during', warmupMs, warmupJobs);
  const both = async (adding: Adding) => ({
    after: await rateOf(participant, adding, 'after', seconds * 1000),
    during: await rateOf(participant, adding, 'during', seconds * 1000),
  });
  const single = await both(SINGLE);
  if (!participant.addBulk) return { single, batch: null };
  await rateOf(participant, BULK, 'during', warmupMs, warmupJobs);
  return { single, batch: await both(BULK) };
}

async function rateOf(participant: Participant, adding: Adding, mode: Mode, ms: number, most = Number.POSITIVE_INFINITY): Promise<number> {
  let done = 0;
  const count = (jobs: number) => {
    done += jobs;
  };
  const startMs = nowMs();
  if (mode === 'during') await participant.start(count);
  const added = await addFor(participant, adding, startMs + ms, most);
  if (mode === 'after') await participant.start(count);
  await untilDone(participant, () => done, added);
  const seconds = (nowMs() - startMs) / 1000;
  await participant.stop();
  if (done !== added) throw new Error(`${added} jobs were added, ${done} processed`);
  return Math.round(added / seconds);
}

async function addFor(participant: Participant, { adders, size }: Adding, endMs: number, most: number): Promise<number> {
  let added = 0;
  async function adder(): Promise<void> {
    while (nowMs() < endMs && added < most) {
      if (size === 1) await participant.add();
      else await participant.addBulk?.(size);
      added += size;
    }
  }
  await Promise.all(Array.from({ length: adders }, adder));
  return added;
}

/** Until as many were processed as were added, and the queue has nothing left. */
async function untilDone(participant: Participant, done: () => number, added: number): Promise<void> {
  let seen = done();
  let progressAt = nowMs();
  while (done() < added || (await participant.remaining()) > 0) {
    if (done() > seen) [seen, progressAt] = [done(), nowMs()];
    if (nowMs() - progressAt > PATIENCE_MS)
      throw new Error(`${added} jobs were added, only ${done()} processed, ${await participant.remaining()} are left in the queue`);
    await delay(POLL_MS);
  }
}
