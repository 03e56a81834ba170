import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { TaskRequest } from '@deai/protocol';
import { DeaiClient, formatTokens, parseTokens } from '@deai/sdk';
import { waitFor } from '@deai/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Account, registerAccount, registerNode } from '../e2e/src/accounts.ts';
import { startAgent } from '../e2e/src/agent-process.ts';
import { startHonestNode } from '../e2e/src/honest-node.ts';
import { languageTask } from '../e2e/src/load.ts';
import { type NetworkProcess, startNetwork } from '../e2e/src/network-process.ts';
import { hasChromium, newVisitor, PHONE, problemsOf, type Visitor } from './src/browser.ts';
import { goTo, newLogin, signUp } from './src/flows.ts';
import { startUpstream } from './src/upstream-server.ts';

/** A region whose one node holds one task, for long. */
const SLOW_REGION = 'nowhere';
const LONG_MS = 60_000;

/** What the pictures of a page stand for. */
const names = (images: Element[]) => images.map((image) => image.getAttribute('aria-label'));

let network: NetworkProcess;
let operator: Account;
let visitor: Visitor;
/** The same user by the API. */
let client: DeaiClient;

describe.skipIf(!hasChromium)('a requester', () => {
  beforeAll(async () => {
    network = await startNetwork({ env: { DEAI_SETTLEMENT: 'on' } });
    operator = await registerAccount(network.url, 'operator');
    const env = { DEAI_UPSTREAM_URL: await startUpstream(['Because air ', 'scatters blue ', 'most.']), DEAI_UPSTREAM_CHAT_MODELS: 'small' };
    await startAgent({ serverUrl: network.url, operator, kinds: ['embeddings', 'ocr', 'language-id', 'wasm', 'chat'], env });
    const login = newLogin();
    visitor = await newVisitor();
    await signUp(visitor.page, network.url, login);
    client = new DeaiClient({ baseUrl: network.url });
    await client.auth.login(login);
  }, 180_000);

  test.each([
    ['Embeddings', undefined, /3 vectors of 512 dimensions/],
    ['Image to text', 'sample.png', /CITY LIBRARY/],
    ['Language', undefined, /French/],
    ['WASM', 'primes.wasm', /78498/],
    ['Chat', undefined, /Because air scatters blue most\./],
  ] as const)(
    'tries %s: the price before, the result, its node, times, price and receipt after',
    async (tab, file, result) => {
      const { page } = visitor;
      await page.goto(`${network.url}/playground`);
      await page.getByRole('tab', { name: tab, exact: true }).click();
      if (file) {
        await page.getByRole('button', { name: 'Use a sample' }).click();
        await page.getByText(`${file} is ready.`).waitFor();
      }
      await page.getByText('At most 0.').waitFor();
      await page.getByRole('button', { name: 'Run it' }).click();
      await page.getByText(result).waitFor({ timeout: 40_000 });
      for (const fact of ['Waited', 'Ran', 'Price']) await page.getByText(fact, { exact: true }).waitFor();
      await page.getByText('The receipt is valid.').waitFor();
      // The picture of one of them is the demo's: demo.test.ts.
      const picture = tab === 'Image to text' ? undefined : `playground-${tab.toLowerCase()}`;
      expect(await problemsOf(visitor, picture)).toEqual([]);
    },
    60_000,
  );

  test('sees the same call for curl, JavaScript and Python, and copies it', async () => {
    const { page } = visitor;
    await page.goto(`${network.url}/playground`);
    for (const [name, code] of [
      ['curl', `curl ${network.url}/api/v1/tasks/submit`],
      ['JavaScript', 'deai.run({'],
      ['Python', 'call("/submit", {'],
    ] as const) {
      await page.getByRole('tab', { name }).click();
      expect(await page.getByRole('region', { name: `The task in ${name}` }).textContent()).toContain(code);
    }
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('call("/submit", {');
    // Pages of other hosts without HTTPS have no clipboard.
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByText('press Ctrl+C').first().waitFor();
    expect(await page.evaluate(() => getSelection()?.toString())).toContain('call("/submit", {');
  });

  test('verifies the work receipt in the browser, up to the root of its settlement batch', async () => {
    const { page } = visitor;
    const { id } = await client.run('language-id', { texts: ['Guten Morgen, wie geht es dir?'] });
    await waitFor(async () => (await client.tasks.receipt(id)).batch, { timeoutMs: 60_000, intervalMs: 500, what: 'settlement' }).catch(
      async (error: Error) => Promise.reject(new Error(`${error.message}: ${JSON.stringify(await client.settlement.status())}`)),
    );
    await page.goto(`${network.url}/tasks/${id}`);
    await page.getByText('The receipt is valid.').waitFor();
    await page.getByText('Completed, checked and paid').waitFor();
    for (const text of ['The input is the one it was signed for', 'The node signed the result', 'The contract on chain holds that root']) {
      await page.getByRole('listitem').filter({ hasText: text }).getByRole('img', { name: 'holds', exact: true }).waitFor();
    }
    // Every one of the eight checks, by a page that was loaded after the task was submitted elsewhere.
    expect(await page.getByRole('img', { name: /^(holds|does not hold|not checked)$/ }).evaluateAll(names)).toEqual(Array(8).fill('holds'));
    const path = page.getByRole('img', { name: /Merkle path of|its leaf is the root/ });
    await path.waitFor();
    const { batch } = await client.tasks.receipt(id);
    const root = String(batch?.root.hash);
    expect(await path.textContent()).toContain(`${root.slice(0, 6)}…${root.slice(-4)}`);
    expect(await problemsOf(visitor)).toEqual([]);
    await page.getByRole('link', { name: `batch #${batch?.id}` }).click();
    await page.getByText(root).waitFor();
    expect(await problemsOf(visitor, 'batch')).toEqual([]);
  }, 120_000);

  test('sees what was submitted, in the form of its kind: short at first, and all of it when asked', async () => {
    const { page } = visitor;
    const texts = Array.from({ length: 6 }, (_, i) => `Text number ${i + 1}: ${'good morning, how are you? '.repeat(12)}end`);
    const card = page.getByRole('region', { name: 'Input', exact: true });
    const open = async (kind: string, input: TaskRequest['input']) => {
      const { id } = await client.tasks.submit({ kind, input, ...(kind === 'chat' ? { model: 'small' } : {}) });
      await page.goto(`${network.url}/tasks/${id}`);
      return id;
    };
    await open('language-id', { texts, top: 2 });
    await card.getByText('Text 4', { exact: true }).waitFor();
    expect(await card.getByRole('listitem').count()).toBe(4);
    await card.getByText('2 for each text').waitFor();
    await card.getByRole('button', { name: 'Show all 6', expanded: false }).press('Enter');
    await card.getByText(texts[5] as string, { exact: true }).waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
    await card.getByRole('button', { name: 'Show less', expanded: true }).click();
    await card.getByText('Text 6', { exact: true }).waitFor({ state: 'detached' });
    // The form of the playground has no place for the number of guesses.
    expect(await card.getByRole('button', { name: 'Open in the playground' }).count()).toBe(0);

    const image = (await readFile(new URL('../../examples/images/receipt.png', import.meta.url))).toString('base64');
    await open('ocr', { image });
    const picture = card.getByRole('img', { name: 'What the task was to read' });
    await waitFor(async () => (await picture.evaluate((img) => (img as HTMLImageElement).naturalWidth)) > 0);
    expect(await problemsOf(visitor)).toEqual([]);

    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Why is the sky blue?' },
    ];
    await open('chat', { messages, maxTokens: 50 });
    for (const text of ['System', 'Be brief.', 'User', 'Why is the sky blue?', '50 tokens at most']) {
      await card.getByText(text, { exact: true }).waitFor();
    }
    expect(await problemsOf(visitor)).toEqual([]);
  }, 120_000);

  test('opens an input in the playground as it was, and gets it as a file', async () => {
    const { page } = visitor;
    const module = (await readFile(new URL('../../examples/wasm/primes.wasm', import.meta.url))).toString('base64');
    const input = { module, stdin: btoa('1000'), args: ['a', '-b'] };
    const { id } = await client.tasks.submit({ kind: 'wasm', input, priority: 'high' });
    await page.goto(`${network.url}/tasks/${id}`);
    const card = page.getByRole('region', { name: 'Input', exact: true });
    for (const text of ['527 bytes', 'a -b', '1000']) await card.getByText(text, { exact: true }).waitFor();
    expect(await card.getByRole('definition').count()).toBe(2);
    const [file] = await Promise.all([page.waitForEvent('download'), card.getByRole('button', { name: 'Download the input' }).click()]);
    expect(JSON.parse(await readFile(await file.path(), 'utf8'))).toEqual(input);
    await card.getByRole('button', { name: 'Open in the playground' }).click();
    await page.getByText('At most 0.').waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
    await page.getByRole('button', { name: 'Run it' }).click();
    await page.getByText('168', { exact: true }).waitFor();
    const [newest] = (await client.tasks.list({ kind: 'wasm', limit: 1 }).page()).items;
    expect(newest).toMatchObject({ inputHash: (await client.tasks.get(id)).inputHash, priority: 'high', model: 'wasi-p1' });
    expect(newest?.id).not.toBe(id);
  }, 60_000);

  test('sees a large input that is kept apart, and is told when the network keeps it no more', async () => {
    const { page } = visitor;
    const input = { texts: Array.from({ length: 40 }, (_, i) => `${i} ${'The quick brown fox. '.repeat(100)}`) };
    const { id, inputHash } = await client.run('language-id', input);
    expect(await client.tasks.input(id)).toEqual(input);
    const line = page.getByRole('listitem').filter({ hasText: 'The input is the one it was signed for' });
    await page.goto(`${network.url}/tasks/${id}`);
    await page.getByRole('button', { name: 'Show all 40' }).waitFor();
    await line.getByRole('img', { name: 'holds', exact: true }).waitFor();
    const folder = join(network.dataDir, 'objects');
    const kept = (await readdir(folder, { recursive: true })).filter((name) => basename(name) === inputHash);
    expect(kept).toHaveLength(1);
    await rm(join(folder, kept[0] as string));
    await page.reload();
    await page.getByText('The network keeps this input no longer; its hash stays.').waitFor();
    await line.getByRole('img', { name: 'not checked', exact: true }).waitFor();
    await page.getByText('The receipt is valid.').waitFor();
    await expect(client.tasks.input(id)).rejects.toMatchObject({ code: 'TASK_INPUT_GONE', status: 410 });
    expect(await problemsOf(visitor)).toEqual([]);
  }, 60_000);

  test('is told of inputs of their own tasks alone', async () => {
    const { id } = await client.run(languageTask());
    const other = await registerAccount(network.url, 'requester');
    const refused = { code: 'TASK_NOT_FOUND', status: 404, details: { id } };
    await expect(other.client.tasks.get(id)).rejects.toMatchObject(refused);
    await expect(other.client.tasks.input(id)).rejects.toMatchObject(refused);
    await expect(client.tasks.input('nonsense')).rejects.toMatchObject({ code: 'INVALID_INPUT', status: 400 });
    expect(await client.tasks.input(id)).toEqual(languageTask().input);
  });

  test('sees tasks come and change without a reload, learns why one waits, and cancels it', async () => {
    const { page } = visitor;
    // For this test alone: tasks of the others go to any region.
    const identity = await registerNode(network.url, operator.apiKey, SLOW_REGION);
    const slow = await startHonestNode(identity, { serviceMs: LONG_MS, offer: { region: SLOW_REGION, credits: 1 } });
    await goTo(page, 'Tasks');
    await page.getByRole('table', { name: 'Tasks' }).waitFor();
    const running = await client.tasks.submit({ ...languageTask(), requirements: { region: SLOW_REGION } });
    const waiting = await client.tasks.submit({ ...languageTask(), requirements: { region: SLOW_REGION } });
    const row = (id: string) => page.getByRole('row').filter({ has: page.locator(`a[href="/tasks/${id}"]`) });
    await row(running.id).getByText('Running').waitFor();
    await row(waiting.id).getByText('Pending').waitFor();
    expect(await problemsOf(visitor)).toEqual([]);

    await row(waiting.id).getByRole('link').click();
    await page.getByText('Nodes busy').waitFor();
    expect(await problemsOf(visitor, 'waiting')).toEqual([]);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the task' }).click();
    await page.getByText('The task was cancelled; what was on hold is yours again.').first().waitFor();
    await page.getByRole('heading', { level: 1 }).getByText('Cancelled').waitFor();
    expect(await client.tasks.get(waiting.id)).toMatchObject({ status: 'cancelled' });

    await goTo(page, 'Tasks');
    await client.tasks.cancel(running.id);
    await slow.stop();
    await row(running.id).getByText('Cancelled').waitFor();
    await page.getByLabel('State').selectOption('cancelled');
    await page.getByText('2 tasks').waitFor();
    await page.getByLabel('Kind').selectOption('wasm');
    await page.getByText('No task matches').waitFor();
    expect(new URL(page.url()).search).toBe('?status=cancelled&kind=wasm');
    await page.reload();
    await page.getByText('No task matches').waitFor();

    await page.getByRole('link', { name: 'Show all' }).click();
    await client.run({ ...languageTask(), labels: { project: 'night train' } });
    await page.getByLabel('Label').fill('project=night train');
    await page.getByText('1 task', { exact: true }).waitFor();
    await page.getByLabel('When').selectOption('The last hour');
    await page.waitForURL('**/tasks?*hours=1*');
    await page.reload();
    await page.getByText('1 task', { exact: true }).waitFor();
    expect(await page.getByLabel('Label').inputValue()).toBe('project=night train');
    await page.getByLabel('Kind').selectOption('wasm');
    await page.getByRole('link', { name: 'Show all' }).click();
    await page.waitForURL('**/tasks');
    await page.getByRole('table', { name: 'Tasks' }).waitFor();
    expect(await page.getByLabel('Label').inputValue()).toBe('');
    expect(await problemsOf(visitor)).toEqual([]);
  }, 180_000);

  test('submits an ended task once more, whoever submitted it: from the page of the task and from the list', async () => {
    const { page } = visitor;
    const { id } = await client.run('language-id', { texts: ['Buongiorno a tutti, come va?'] });
    await page.goto(`${network.url}/tasks/${id}`);
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByRole('link', { name: id }).waitFor();
    await page.getByText(/Italian/).waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
    await goTo(page, 'Tasks');
    await page.getByRole('button', { name: `Retry ${id}` }).press('Enter');
    await page.getByRole('link', { name: id }).waitFor();
    await waitFor(async () => (await client.tasks.list({ label: `retry_of=${id}`, status: 'completed' }).page()).items.length === 2);
  }, 60_000);

  test('makes a key that works, and revokes it', async () => {
    const { page } = visitor;
    await goTo(page, 'API keys');
    await page.getByRole('button', { name: 'New key' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('batch server');
    expect(await problemsOf(visitor)).toEqual([]);
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    const key = (await dialog.getByRole('region', { name: 'API key' }).textContent()) ?? '';
    expect(key).toMatch(/^deai_/);
    await dialog.getByRole('button', { name: 'I have it' }).click();
    const program = new DeaiClient({ baseUrl: network.url, apiKey: key });
    expect((await program.tasks.list().page()).items.length).toBeGreaterThan(0);
    await page.getByRole('cell', { name: 'batch server', exact: true }).waitFor();
    expect(await problemsOf(visitor, 'keys')).toEqual([]);
    await page.getByRole('button', { name: 'Revoke batch server' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke it' }).click();
    await page.getByText('Revoked', { exact: true }).waitFor();
    await expect(program.tasks.list().page()).rejects.toMatchObject({ status: 401 });
  });

  test('sees what was spent, to the yocto, and every line of the ledger', async () => {
    const { page } = visitor;
    await goTo(page, 'Billing');
    await page.getByRole('table', { name: 'Ledger' }).getByText('Completion').first().waitFor();
    const { availableYocto } = await client.user.billing();
    await page
      .getByTitle(`${formatTokens(availableYocto)} DEAI`)
      .first()
      .waitFor();
    await page.getByRole('img', { name: /Spent over time: \d+ bars/ }).waitFor();
    expect(await problemsOf(visitor, 'billing')).toEqual([]);
    await page.getByLabel('What').selectOption('grant');
    const lines = page.getByRole('table', { name: 'Ledger' }).getByRole('row');
    await waitFor(async () => (await lines.count()) === 2);
    const [grant] = (await client.user.billing({ reason: 'grant' })).lines.items;
    expect(parseTokens(((await lines.nth(1).textContent()) ?? '').replace(/^.*\+/, ''))).toBe(grant?.amountYocto);
  });

  test('does all of it on a phone too', async () => {
    const { page } = visitor;
    const storage = await page.context().storageState();
    const phone = await newVisitor({ ...PHONE, storageState: storage });
    await phone.page.goto(`${network.url}/tasks`);
    await phone.page.getByRole('table', { name: 'Tasks' }).waitFor();
    expect(await problemsOf(phone)).toEqual([]);
    await phone.page.getByRole('button', { name: 'Menu' }).click();
    await goTo(phone.page, 'Playground');
    await phone.page.getByText('At most 0.').waitFor();
    expect(await problemsOf(phone, 'phone-playground')).toEqual([]);
    // The result is below the code, and is brought to who asked for it.
    await phone.page.getByRole('button', { name: 'Run it' }).click();
    await phone.page.getByText('3 vectors of 512 dimensions').waitFor();
    const result = await phone.page.getByRole('heading', { name: 'Result' }).boundingBox();
    expect(result?.y).toBeGreaterThan(0);
    expect(result?.y).toBeLessThan(422);
    const { id } = await client.run('language-id', { texts: ['¿Cómo estás?', `long${'-long'.repeat(80)}`] });
    for (const path of [`/tasks/${id}`, '/billing', '/keys', '/settlement', '/']) {
      await phone.page.goto(network.url + path);
      await phone.page.getByRole('heading', { level: 1 }).waitFor();
      await phone.page.getByText('Loading…').first().waitFor({ state: 'detached' });
      expect([path, await problemsOf(phone, path === '/' ? 'phone-network' : undefined)]).toEqual([path, []]);
    }
  }, 180_000);
});
