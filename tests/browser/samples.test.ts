import { execFile, spawnSync } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tempDir } from '@deai/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerAccount } from '../e2e/src/accounts.ts';
import { startAgent } from '../e2e/src/agent-process.ts';
import { type NetworkProcess, startNetwork } from '../e2e/src/network-process.ts';
import { hasChromium, newVisitor, type Visitor } from './src/browser.ts';
import { newLogin, signUp } from './src/flows.ts';
import { startUpstream } from './src/upstream-server.ts';

const execute = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LANGUAGES = ['curl', 'JavaScript', 'Python'] as const;
const hasPrograms = ['curl', 'python3', 'base64'].every((program) => spawnSync(program, ['--version']).status === 0);

let network: NetworkProcess;
let visitor: Visitor;
let apiKey: string;
/** Where somebody pastes the samples: with their files, and the SDK to be found. */
let folder: string;

/** Not synchronously: the server that chats is in this process. */
async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await execute(command, args, {
    cwd: folder,
    timeout: 60_000,
    env: { ...process.env, DEAI_API_KEY: apiKey, ...env },
  });
  return stdout;
}

/** What somebody sees who pastes a sample into a terminal, or into a file that they run. */
const PASTED: Record<(typeof LANGUAGES)[number], (code: string) => Promise<string>> = {
  async curl(code) {
    const [submit = '', get = ''] = code.split('# then, with the id of the answer:');
    const { id } = JSON.parse(await run('bash', ['-c', submit])) as { id: string };
    return run('bash', ['-c', get], { ID: id });
  },
  async JavaScript(code) {
    // In this repository, where the SDK is found.
    const module = code.replace("'@deai/sdk'", JSON.stringify(join(ROOT, 'sdks/js/src/index.ts')));
    await writeFile(join(folder, 'sample.mjs'), module);
    return run(process.execPath, ['sample.mjs']);
  },
  async Python(code) {
    await writeFile(join(folder, 'sample.py'), code);
    return run('python3', ['sample.py']);
  },
};

describe.skipIf(!hasChromium || !hasPrograms)('the samples of the playground, pasted as they are', () => {
  beforeAll(async () => {
    network = await startNetwork();
    const operator = await registerAccount(network.url, 'operator');
    const env = { DEAI_UPSTREAM_URL: await startUpstream(['Because ', 'of air.']), DEAI_UPSTREAM_CHAT_MODELS: 'small' };
    await startAgent({ serverUrl: network.url, operator, kinds: ['embeddings', 'ocr', 'language-id', 'wasm', 'chat'], env });
    ({ apiKey } = await registerAccount(network.url, 'requester'));
    folder = await tempDir();
    await copyFile(join(ROOT, 'examples/images/library-sign.png'), join(folder, 'image.png'));
    await copyFile(join(ROOT, 'examples/wasm/primes.wasm'), join(folder, 'program.wasm'));
    visitor = await newVisitor();
    await signUp(visitor.page, network.url, newLogin());
  }, 180_000);

  test.each([
    ['Embeddings', /embeddings|vectors/],
    ['Image to text', /LIBRARY/],
    ['Language', /\bfr\b/],
    // 78498 and a newline, as base64.
    ['WASM', /NzgzOTg|Nzg0OTg/],
    ['Chat', /Because of air\./],
  ] as const)(
    '%s',
    async (tab, answer) => {
      const { page } = visitor;
      await page.goto(`${network.url}/playground`);
      await page.getByRole('tab', { name: tab, exact: true }).click();
      const sample = page.getByRole('button', { name: 'Use a sample' });
      if (['Image to text', 'WASM'].includes(tab)) await sample.click();
      // Chat takes the model that is offered, which is asked for first.
      if (tab === 'Chat') await page.getByText('At most 0.').waitFor();
      for (const language of LANGUAGES) {
        await page.getByRole('tab', { name: language }).click();
        const code = await page.getByRole('region', { name: `The task in ${language}` }).textContent();
        expect(await PASTED[language](code ?? ''), language).toMatch(answer);
      }
    },
    120_000,
  );
});
