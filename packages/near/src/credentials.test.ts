import { createPublicKey } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKeyPair, publicKeyText, settlementParties } from '@deai/protocol';
import { tempDir } from '@deai/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { credentialsPath, implicitCredentials, openCredentials, privateKeyOf, readCredentials } from './credentials.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await tempDir();
  path = credentialsPath(folder, 'deai-local', 'ann.near');
});

describe('credentials', () => {
  it('are made once, for their owner alone, and read again', async () => {
    const made = await openCredentials(path, 'ann.near');
    expect(made).toMatchObject({ accountId: 'ann.near', publicKey: expect.stringMatching(/^ed25519:/) });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await openCredentials(path, 'ann.near')).toEqual(made);
    const warnings: string[] = [];
    expect(await readCredentials(path, (warning) => warnings.push(warning))).toEqual(made);
    expect(warnings).toEqual([]);
    expect(publicKeyText(createPublicKey(privateKeyOf(made)))).toBe(made.publicKey);
    await expect(openCredentials(path, 'bob.near')).rejects.toThrow('holds the key of ann.near, not of bob.near');
  });

  it('warn when others may read them', async () => {
    const open = join(folder, 'open.json');
    await writeFile(open, await readFile(path));
    await chmod(open, 0o644);
    const warnings: string[] = [];
    await readCredentials(open, (warning) => warnings.push(warning));
    expect(warnings).toEqual([`others may read the key in ${open}: chmod 600 ${open}`]);
  });

  it('are refused with what is wrong, and without what they hold', async () => {
    const file = join(folder, 'wrong.json');
    const good = JSON.parse(await readFile(path, 'utf8'));
    const other = await openCredentials(join(folder, 'other.json'), 'other.near');
    for (const [content, problem] of [
      ['{', 'it holds no JSON'],
      ['{}', 'it must'],
      [JSON.stringify({ ...good, account_id: 'A b' }), '/account_id'],
      [JSON.stringify({ ...good, public_key: other.publicKey }), 'private_key is not the key of public_key'],
    ] as const) {
      await writeFile(file, content);
      const failure = await readCredentials(file).catch((error: Error) => error);
      expect(String(failure)).toContain(problem);
      expect(String(failure)).not.toContain(good.private_key.slice(10, 30));
    }
    await expect(readCredentials(join(folder, 'none.json'))).rejects.toThrow('there is no such file');
  });
});

it('the implicit account of a node’s key is the one that work receipts name', () => {
  const pair = newKeyPair();
  const implicit = implicitCredentials(pair.privateKey);
  expect(implicit.publicKey).toBe(pair.publicKey);
  expect(implicit.accountId).toBe(settlementParties({ nodeKey: pair.publicKey, sponsorAccount: 's.near' }).payee);
  expect(() => implicitCredentials('nonsense')).toThrow('no ed25519 key');
});
