import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKeyPair } from '@deai/protocol';
import { refuse, startTestServer, type TestServer } from '@deai/sdk/testing';
import { INPUT, makeDocument, OUTPUT, TASK_ID } from '@deai/sdk/testing/receipt-document';
import { tempDir } from '@deai/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runDeai } from './testing/run-deai.ts';

const document = makeDocument();
const key = document.gateway.publicKey;
let network: TestServer;
let home: string;
let file: string;
let output: string;

const deai = (args: readonly string[], env: Record<string, string> = {}, input = '') =>
  runDeai(args, { input, env: { DEAI_URL: network.url, DEAI_API_KEY: 'deai_test', XDG_CONFIG_HOME: home, ...env } });
async function saved(name: string, value: unknown): Promise<string> {
  const path = join(home, name);
  await writeFile(path, JSON.stringify(value));
  return path;
}

beforeAll(async () => {
  home = await tempDir();
  network = await startTestServer();
  file = await saved('receipt.json', document);
  output = await saved('output.json', OUTPUT);
});
beforeEach(() => {
  network.on('GET /network/keys', () => ({
    body: { networkId: 'local', keys: [{ publicKey: key, signsFrom: '2026-01-01T00:00:00.000Z' }] },
  }));
  network.on('GET /tasks/*/receipt', () => ({ body: document }));
});
afterAll(() => network.close());

describe('receipt get', () => {
  it('prints the document, or writes it to a file', async () => {
    const printed = await deai(['receipt', 'get', TASK_ID]);
    expect([printed.code, JSON.parse(printed.stdout)]).toEqual([0, document]);
    const out = join(home, 'out.json');
    const written = await deai(['receipt', 'get', TASK_ID, '--out', out, '--json']);
    expect([written.code, JSON.parse(written.stdout)]).toEqual([0, { taskId: TASK_ID, file: out }]);
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(document);
    expect((await deai(['receipt', 'get', TASK_ID, '--out', join(home, 'none', 'x')])).code).toBe(2);
  });
  it('says why there is none', async () => {
    network.on('GET /tasks/*/receipt', () => refuse(409, 'RECEIPT_NOT_AVAILABLE'));
    const { code, stderr } = await deai(['receipt', 'get', TASK_ID]);
    expect([code, stderr]).toEqual([7, expect.stringMatching(/RECEIPT_NOT_AVAILABLE[\s\S]*deai tasks/)]);
  });
});

describe('receipt verify', () => {
  it('prints the checks and what the receipt says, by the keys that the network publishes', async () => {
    const { code, stdout } = await deai(['receipt', 'verify', file, '--output', output]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^✓ form\n✓ output\n– input +not checked: .*\n✓ signature of the node\n✓ signature of the network\n✓ key of the network\n/,
    );
    expect(stdout).toMatch(/The receipt is valid\.[\s\S]*paid +1 DEAI to operator\.near, fee 0\.05 DEAI, by sponsor\.deai/);
  });
  it('checks the input as `tasks input` prints it, from a file or standard input', async () => {
    network.on('GET /tasks/*/input', () => ({ body: INPUT }));
    for (const format of [[], ['--json']]) {
      const { stdout: input } = await deai(['tasks', 'input', TASK_ID, ...format]);
      const given = join(home, 'input.json');
      await writeFile(given, input);
      for (const from of [given, '-']) {
        const { code, stdout } = await deai(['receipt', 'verify', file, '--output', output, '--input', from], {}, input);
        expect([code, stdout]).toEqual([0, expect.stringMatching(/^✓ form\n✓ output\n✓ input\n/)]);
      }
    }
    const other = await deai(['receipt', 'verify', file, '--input', output]);
    expect([other.code, other.stdout]).toEqual([1, expect.stringMatching(/✗ input /)]);
  });
  it('exits with 1 and names what fails', async () => {
    const tampered = await saved('tampered.json', { ...document, receipt: { ...document.receipt, rewardYocto: '9' } });
    const { code, stdout } = await deai(['receipt', 'verify', tampered]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✓ signature of the node\n✗ signature of the network +ed25519:\w+ did not sign this receipt/);
    expect(stdout).toContain('The receipt is not valid.');
    const wrong = await deai(['receipt', 'verify', file, '--output', file, '--json']);
    expect([wrong.code, JSON.parse(wrong.stdout)]).toMatchObject([
      1,
      { valid: false, checks: expect.arrayContaining([{ check: 'output', ok: false, reason: expect.any(String) }]) },
    ]);
  });
  it('finds a key that is not the network’s', async () => {
    const foreign = await saved('foreign.json', makeDocument());
    const { code, stdout } = await deai(['receipt', 'verify', foreign]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ key of the network +ed25519:\w+ is no key of the network/);
  });
  it('asks nobody with --offline, and says what the network’s signature is then worth', async () => {
    const nowhere = { DEAI_URL: 'http://127.0.0.1:9', DEAI_API_KEY: '' };
    const offline = await deai(['receipt', 'verify', file, '--offline'], nowhere);
    expect(offline.code).toBe(0);
    expect(offline.stdout).toMatch(/– key of the network +not checked: .*only as good as the key in the document/);
    const trusted = await deai(['receipt', 'verify', file, '--offline', '--key', key], nowhere);
    expect([trusted.code, trusted.stdout]).toEqual([0, expect.stringContaining('✓ key of the network')]);
    expect((await deai(['receipt', 'verify', file, '--offline', '--key', newKeyPair().publicKey], nowhere)).code).toBe(1);
    expect((await deai(['receipt', 'verify', file], nowhere)).code).toBe(6);
  });
  it('takes what is no receipt for what it is', async () => {
    const nonsense = await saved('nonsense.json', { a: 1 });
    const { code, stdout } = await deai(['receipt', 'verify', nonsense, '--offline']);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^✗ form +.*\n– output/)]);
    expect((await deai(['receipt', 'verify', join(home, 'missing.json'), '--offline'])).code).toBe(2);
    await writeFile(nonsense, '{');
    expect((await deai(['receipt', 'verify', nonsense, '--offline'])).code).toBe(2);
  });
});
