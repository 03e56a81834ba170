import { setTimeout as delay } from 'node:timers/promises';
import { NearError } from './near-error.ts';

export interface RetryOptions {
  /** In all, the first included. */
  attempts: number;
  /** Before the second attempt; doubles from there, and varies by half so that instances do not ask in step. */
  pauseMs: number;
  signal: AbortSignal | undefined;
}

/** Runs `work` again after a growing pause while it fails with what may pass. @throws NearError of the last attempt, or the signal's reason. */
export async function retry<T>(work: () => Promise<T>, { attempts, pauseMs, signal }: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !(error instanceof NearError) || error.kind !== 'unreachable') throw error;
    }
    const pause = pauseMs * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
    await delay(pause, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  }
}
