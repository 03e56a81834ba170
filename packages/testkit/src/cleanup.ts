import { afterAll } from 'vitest';

const pending: (() => Promise<void> | void)[] = [];

/** Runs `work` after the last test and the last `afterAll` of this file, newest first, whether its tests passed or not. */
export function cleanUpAtEnd(work: () => Promise<void> | void): void {
  pending.push(work);
}

// Registered while the file is imported, hence before every hook of the file itself, and hooks run newest first: this one is the last.
afterAll(async () => {
  const errors: unknown[] = [];
  for (let work = pending.pop(); work; work = pending.pop()) {
    try {
      await work();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'cleaning up after the tests failed');
});
