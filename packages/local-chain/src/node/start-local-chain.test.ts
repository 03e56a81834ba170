import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { tempDir } from '@deai/testkit';
import { Account, JsonRpcProvider, type KeyPairString } from 'near-api-js';
import { describe, expect, it } from 'vitest';
import { wat } from '../vm/fixtures/wat.fixture.ts';
import { type LocalChain, startLocalChain } from './start-local-chain.ts';

function rootOf({ rpcUrl, root }: LocalChain): Account {
  return new Account(root.accountId, new JsonRpcProvider({ url: rpcUrl }), root.secretKey as KeyPairString);
}

describe('a local chain in a folder', () => {
  it('goes on where it stopped: funds, nonces, transactions, blocks', async () => {
    const dataDir = await tempDir();
    const first = await startLocalChain({ dataDir });
    const sent = await rootOf(first).transfer({ receiverId: first.root.accountId, amount: 1n });
    const { balance } = await rootOf(first).getState();
    const { head } = first.chain;
    await first.close();

    const second = await startLocalChain({ dataDir });
    expect(second.root).toEqual(first.root);
    expect(second.chain.head).toEqual(head);
    expect(second.chain.genesisHash).toBe(first.chain.genesisHash);
    const root = rootOf(second);
    expect((await root.getState()).balance).toEqual(balance);
    const txHash = (sent.transaction as { hash: string }).hash;
    expect(await root.provider.viewTransactionStatus({ txHash, accountId: root.accountId, waitUntil: 'FINAL' })).toEqual(sent);
    expect((await root.transfer({ receiverId: root.accountId, amount: 1n })).status).toEqual({ SuccessValue: '' });
    await second.close();
  });

  it('keeps the root key as a NEAR credentials file that its owner alone can read', async () => {
    const dataDir = await tempDir();
    const local = await startLocalChain({ dataDir });
    const path = local.credentialsPath ?? '';
    expect(path).toBe(`${dataDir}/credentials/deai-local/deai.local.json`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      account_id: 'deai.local',
      public_key: local.root.publicKey,
      private_key: local.root.secretKey,
    });
    await local.close();
  });

  it('says so when it is in use, or when the key or the root account is another', async () => {
    const dataDir = await tempDir();
    const local = await startLocalChain({ dataDir });
    await expect(startLocalChain({ dataDir })).rejects.toThrow(`in use by process ${process.pid}`);
    await local.close();
    await expect(startLocalChain({ dataDir, rootAccountId: 'test.near' })).rejects.toThrow('is none of the account test.near');
    await rm(local.credentialsPath ?? '');
    await expect(startLocalChain({ dataDir })).rejects.toThrow('is none of the account deai.local');
  });

  it('refuses a credentials file without a key', async () => {
    const dataDir = await tempDir();
    const path = `${dataDir}/credentials/deai-local/deai.local.json`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '{}');
    await chmod(path, 0o600);
    await expect(startLocalChain({ dataDir })).rejects.toThrow('no NEAR credentials file');
  });
});

describe('the contracts of a local chain', () => {
  it('are kept instrumented in its folder, and it answers the same without them', async () => {
    const dataDir = await tempDir();
    const code = wat('(func (export "main") (call $value_return (i64.const 5) (i64.const 0))) (data (i32.const 0) "hello")', [
      'value_return',
    ]);
    const accounts = [{ accountId: 'app.near', balanceYocto: 10n ** 24n, publicKeys: [], code }];
    const answer = async () => {
      const local = await startLocalChain({ dataDir, accounts });
      const { result } = local.chain.callView('app.near', 'main', new Uint8Array());
      await local.close();
      return Buffer.from(result).toString();
    };
    expect(await answer()).toBe('hello');
    const kept = await readdir(`${dataDir}/contracts`);
    expect(kept).toHaveLength(1);
    await rm(`${dataDir}/contracts`, { recursive: true });
    expect(await answer()).toBe('hello');
  });
});

describe('a local chain in memory', () => {
  it('has the root account and the others it is given, on the network it is given', async () => {
    const local = await startLocalChain({
      chainId: 'sandbox',
      rootAccountId: 'test.near',
      accounts: [{ accountId: 'more.near', balanceYocto: 10n ** 24n, publicKeys: [] }],
    });
    const root = rootOf(local);
    expect(await root.provider.getNetworkId()).toBe('sandbox');
    expect((await root.getState()).balance.total).toBe(10n ** 33n);
    expect((await new Account('more.near', root.provider).getState()).balance.total).toBe(10n ** 24n);
    expect(local.credentialsPath).toBeUndefined();
    await local.close();
  });

  it('lets go when its port is taken', async () => {
    const local = await startLocalChain();
    await expect(startLocalChain({ port: Number(new URL(local.rpcUrl).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await local.close();
    await expect(fetch(local.rpcUrl)).rejects.toThrow();
  });
});
