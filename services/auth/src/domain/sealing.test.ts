import { expect, it } from 'vitest';
import { seal, unseal } from './sealing.ts';

const SECRET = 'a secret of more than thirty-two characters';
const PLAIN = Buffer.from('private key');

it('opens what it sealed, and seals the same value differently each time', async () => {
  const [one, two] = await Promise.all([seal(PLAIN, SECRET, 'a'), seal(PLAIN, SECRET, 'a')]);
  expect(one.equals(two)).toBe(false);
  expect(one.includes(PLAIN)).toBe(false);
  expect(await unseal(one, SECRET, 'a')).toEqual(PLAIN);
});

it('does not open with another secret or in the place of another value', async () => {
  const sealed = await seal(PLAIN, SECRET, 'a');
  await expect(unseal(sealed, `${SECRET}!`, 'a')).rejects.toThrow();
  await expect(unseal(sealed, SECRET, 'b')).rejects.toThrow();
});

it('does not open when any part of it was changed or cut off', async () => {
  const sealed = await seal(PLAIN, SECRET, 'a');
  for (const at of [0, 1, 17, 29, 45, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] as number) ^ 1;
    await expect(unseal(changed, SECRET, 'a'), `byte ${at}`).rejects.toThrow();
  }
  await expect(unseal(sealed.subarray(0, -1), SECRET, 'a')).rejects.toThrow();
  await expect(unseal(Buffer.alloc(0), SECRET, 'a')).rejects.toThrow();
});
