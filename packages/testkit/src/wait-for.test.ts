import { describe, expect, it } from 'vitest';
import { waitFor } from './wait-for.ts';

describe('waitFor', () => {
  it('gives the first truthy value, taking a throw for "not yet"', async () => {
    let calls = 0;
    const value = await waitFor(() => {
      calls += 1;
      if (calls === 1) throw new Error('too early');
      return calls === 3 && 'done';
    });
    expect([value, calls]).toEqual(['done', 3]);
  });

  it('gives up when the time is over and names what was missing and why', async () => {
    const cause = new Error('refused');
    const waiting = waitFor(() => Promise.reject(cause), { timeoutMs: 20, what: 'the port' });
    await expect(waiting).rejects.toMatchObject({ message: 'waited 20 ms in vain for the port', cause });
  });
});
