import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createLogger } from '@deai/service-kit';
import { tempDir } from '@deai/testkit';
import { describe, expect, it } from 'vitest';
import { settlementEnv, startOwnChain, wantsOwnChain } from './own-chain.ts';

const logger = createLogger({ level: 'fatal', pretty: false });
const services = ['bridge'] as const;
const wants = (env: Record<string, string>, DATABASE_URL?: string) =>
  wantsOwnChain({ env, services: [...services], ...(DATABASE_URL ? { DATABASE_URL } : {}) });

describe('the chain of this process', () => {
  it('is wanted with the embedded database, unless another is named or settlement is off', () => {
    expect(wants({})).toBe(true);
    expect(wants({ NEAR_RPC_URL: 'http://x' })).toBe(false);
    expect(wants({ DEAI_SETTLEMENT: 'off' })).toBe(false);
    expect(wants({}, 'postgres://x')).toBe(false);
    expect(wantsOwnChain({ env: {}, services: ['gateway'] })).toBe(false);
  });

  it('goes on where it stopped, on its port, and on another when that is taken', async () => {
    const dataDir = await tempDir();
    const first = await startOwnChain(dataDir, logger);
    await first.close();
    const second = await startOwnChain(dataDir, logger);
    expect([second.rpcUrl, second.network]).toEqual([first.rpcUrl, first.network]);
    expect(JSON.parse(await readFile(second.network.settlerPath, 'utf8'))).toMatchObject({ account_id: 'settler.deai.local' });
    await second.close();
    const squatter = createServer().listen(Number(new URL(first.rpcUrl).port), '127.0.0.1');
    await once(squatter, 'listening');
    const third = await startOwnChain(dataDir, logger);
    expect(third.rpcUrl).not.toBe(first.rpcUrl);
    await third.close();
    squatter.close();
    expect(await readFile(join(dataDir, 'rpc-port'), 'utf8')).toBe(new URL(first.rpcUrl).port);
  });
});

describe('the environment of settlement', () => {
  const named = { NEAR_RPC_URL: 'http://x', DEAI_CONTRACT_ACCOUNT: 'compute.x', DEAI_SETTLER_CREDENTIALS: '/settler.json' };
  it.each([
    [{}, 'off'],
    [{ NEAR_RPC_URL: 'http://x' }, 'off'],
    [named, 'on'],
    [{ ...named, DEAI_SETTLEMENT: 'off' }, 'off'],
    [{ DEAI_SETTLEMENT: 'on' }, 'on'],
  ])('%j: %s', (env, expected) => {
    expect(settlementEnv(env, undefined)).toEqual({ DEAI_SETTLEMENT: expected });
  });
});
