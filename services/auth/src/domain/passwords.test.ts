import { expect, it } from 'vitest';
import { createPasswords } from './passwords.ts';

const LIGHT = { memoryKiB: 256, iterations: 1, parallelism: 1 };

it('accepts the password it hashed and no other', async () => {
  const passwords = await createPasswords(LIGHT);
  const stored = await passwords.hash('correct horse battery');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=256,t=1,p=1\$/);
  expect(await passwords.verify(stored, 'correct horse battery')).toBe(true);
  expect(await passwords.verify(stored, 'correct horse batterz')).toBe(false);
  expect(await passwords.hash('correct horse battery')).not.toBe(stored);
});

it('takes composed and decomposed letters for the same password', async () => {
  const passwords = await createPasswords(LIGHT);
  expect(await passwords.verify(await passwords.hash('caf\u00e9 au lait!'), 'cafe\u0301 au lait!')).toBe(true);
});

it('says no to everything where there is no stored hash', async () => {
  const passwords = await createPasswords(LIGHT);
  expect(await passwords.verify(undefined, 'correct horse battery')).toBe(false);
});

it('knows a hash of another cost and still verifies it', async () => {
  const before = await createPasswords(LIGHT);
  const after = await createPasswords({ ...LIGHT, iterations: 2 });
  const stored = await before.hash('correct horse battery');
  expect([before.isOutdated(stored), after.isOutdated(stored)]).toEqual([false, true]);
  expect(await after.verify(stored, 'correct horse battery')).toBe(true);
});
