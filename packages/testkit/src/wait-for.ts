import { setTimeout as delay } from 'node:timers/promises';

/** How long {@link waitFor} waits and what it says when it gives up. */
export interface WaitForOptions {
  /** Default 5 000. */
  timeoutMs?: number;
  /** Default 10. */
  intervalMs?: number;
  /** What is waited for, in words. */
  what?: string;
}

/**
 * Polls until `condition` gives something truthy, and returns that. A condition that throws counts as not met yet.
 * @throws Error when the time is over, with the last error as its cause.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 20_000, intervalMs = 10, what = 'the condition' }: WaitForOptions = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause });
    await delay(intervalMs);
  }
}
