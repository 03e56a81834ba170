import { createMemoryCache } from '@deai/cache';
import { expect, it } from 'vitest';
import type { NewAuditEntry } from './audit-log.ts';
import { createFailedLogins } from './failed-logins.ts';

const WINDOW_MS = 60_000;

function newLog(now = () => 0) {
  const added: NewAuditEntry[] = [];
  const add = async (entry: NewAuditEntry) => void added.push(entry);
  const failed = createFailedLogins(createMemoryCache({ maxEntries: 10_000 }), { add }, WINDOW_MS, now);
  const fail = (userId: string | undefined, clientIp?: string) => failed.record({ userId, email: 'ada@example.org', clientIp });
  return { added, fail };
}

it('records 1,000 of all accounts together, however many are guessed at', async () => {
  const { added, fail } = newLog();
  for (let i = 0; i < 300; i++) for (let k = 0; k < 4; k++) await fail(`user-${i}`);
  expect(added).toHaveLength(1_000);
  expect(added.filter(({ details }) => details.quietUntil !== undefined)).toEqual([added.at(-1)]);
});

it('leaves accounts their entries when addresses without one are tried', async () => {
  const { added, fail } = newLog();
  for (let i = 0; i < 150; i++) await fail(undefined);
  await fail('ada');
  expect(added).toHaveLength(101);
  expect(added[0]).toMatchObject({ actorId: null, subject: null, details: { email: 'ada@example.org' } });
  expect(added.at(-1)).toMatchObject({ subject: { type: 'user', id: 'ada' }, details: {} });
});

it('says until when it records no more of an account', async () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const { added, fail } = newLog(() => nowMs);
  for (let i = 0; i < 12; i++) await fail('ada', '192.0.2.1');
  expect(added).toHaveLength(10);
  const { quietUntil, ...rest } = added[9]?.details ?? {};
  expect(rest).toEqual({ clientIp: '192.0.2.1' });
  const restMs = Date.parse(quietUntil as string) - nowMs;
  expect(restMs).toBeGreaterThan(WINDOW_MS / 2);
  expect(restMs).toBeLessThanOrEqual(WINDOW_MS);
});
