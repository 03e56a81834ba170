import { setTimeout as delay } from 'node:timers/promises';

const LOCK_NOT_AVAILABLE = '55P03';
/** Statements that come while a table lock is waited for queue behind it: it is waited for this long at most, and tried again later. */
export const LOCK_TIMEOUT = "set local lock_timeout = '100ms'";
const ATTEMPTS = 50;
const PAUSE_MS = 200;

/** Repeats a transaction that could not get its table locks in time. @throws the last refusal, after some 15 s of them. */
export async function withLocks<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || attempt === ATTEMPTS) throw error;
    }
    await delay(PAUSE_MS * (0.5 + Math.random()));
  }
}
