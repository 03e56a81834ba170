import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnProcess, tempDir } from '@deai/testkit';
import { describe, expect, it } from 'vitest';
import { startLocalChain } from './start-local-chain.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const run = (...args: string[]) => spawnProcess(process.execPath, [MAIN, ...args]);
const READY = /RPC +(http:\S+)[\s\S]*root account +(\S+)[\s\S]*its key +(\S+)[\s\S]*Ctrl\+C/;

describe('the program', { timeout: 30_000 }, () => {
  it('serves a chain in a folder until it is asked to stop, and frees the folder', async () => {
    const data = join(await tempDir(), 'chain');
    const program = await run('--port', '0', '--data', data);
    const [, url, account, key = ''] = await program.waitForOutput(READY);
    expect(account).toBe('deai.local');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect((await fetch(`${url}/status`)).status).toBe(200);
    const second = await run('--port', '0', '--data', data);
    expect(await second.exited).toMatchObject({ code: 1 });
    expect(second.output()).toBe(
      `The chain in ${data} is in use by process ${program.pid}. Stop that process, or choose another data folder.\n`,
    );
    expect(await program.stop({ signal: 'SIGTERM' })).toMatchObject({ code: 0 });
    await (await startLocalChain({ dataDir: data })).close();
  });

  it('leaves nothing behind when it is ephemeral', async () => {
    const program = await run('--port', '0', '--ephemeral', '--root', 'test.near', '--json');
    const [line] = await program.waitForOutput(/^\{.*\}$/m);
    const facts = JSON.parse(line) as { rootAccount: string; dataDir: null; credentials: string };
    expect(facts).toMatchObject({ networkId: 'deai-local', rootAccount: 'test.near', dataDir: null });
    expect(existsSync(facts.credentials)).toBe(true);
    expect(await program.stop({ signal: 'SIGINT' })).toMatchObject({ code: 0 });
    expect(existsSync(facts.credentials)).toBe(false);
  });

  it('explains itself, wrong arguments and a taken port', async () => {
    const help = await run('--help');
    expect(await help.exited).toMatchObject({ code: 0 });
    expect(help.output()).toContain('--ephemeral');
    const wrong = await run('--port', 'many');
    expect(await wrong.exited).toMatchObject({ code: 1 });
    expect(wrong.output()).toContain('A port is a whole number from 0 to 65535.');
    const local = await startLocalChain();
    const taken = await run('--ephemeral', '--port', new URL(local.rpcUrl).port);
    expect(await taken.exited).toMatchObject({ code: 1 });
    expect(taken.output()).toContain('is taken. Choose another with --port');
    await local.close();
  });
});
