import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DeaiClient } from '@deai/sdk';
import { type SpawnedProcess, spawnProcess, tempDir } from '@deai/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, KEEP_IMAGES, newVisitor, problemsOf, type Visitor } from './src/browser.ts';
import { goTo } from './src/flows.ts';

const DEMO = fileURLToPath(new URL('../../apps/demo/src/main.ts', import.meta.url));
const PATIENCE_MS = 240_000;
const KINDS = ['embeddings', 'ocr', 'language-id', 'wasm'];

const LIFE_S = 75;

/** Whoever a printed link logs in, by the API. */
async function clientOf(link: string): Promise<DeaiClient> {
  const { origin, hash } = new URL(link);
  const { email = '', password = '' } = Object.fromEntries(new URLSearchParams(hash.slice(1)));
  const client = new DeaiClient({ baseUrl: origin });
  await client.auth.login({ email, password });
  return client;
}

/** Whoever follows a printed link, logged in: by one press, and without the password in the address. */
async function visitorOf(link: string): Promise<Visitor> {
  const visitor = await newVisitor();
  const { page } = visitor;
  await page.goto(link);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
  expect(page.url()).not.toContain('password');
  // What the button left under it would look pointed at.
  await page.mouse.move(0, 0);
  return visitor;
}

/** Tasks of the same requester for a while, so that the picture of the network is one of a network at work. */
async function someLife(client: DeaiClient): Promise<void> {
  for (let s = 0; s < LIFE_S; s++) {
    const languages = Array.from({ length: 16 + ((s * 11) % 23) }, () => ({
      kind: 'language-id',
      input: { texts: ['Buongiorno a tutti.'] },
    }));
    const embeddings = Array.from({ length: 2 + (s % 4) }, () => ({ kind: 'embeddings', input: { texts: ['The cat sleeps.'] } }));
    await client.tasks.submitMany([...languages, ...embeddings]);
    await delay(1_000);
  }
}

/** The settled task that is the most steps away from the root of its batch. */
async function deepestTask(client: DeaiClient): Promise<{ id: string; steps: number }> {
  const { items } = await client.tasks.list({ status: 'completed', limit: 100 }).page();
  const tasks = items.map(async ({ id }) => ({ id, steps: (await client.tasks.receipt(id)).batch?.proof.length ?? 0 }));
  return (await Promise.all(tasks)).reduce((deepest, task) => (task.steps > deepest.steps ? task : deepest));
}

/** What README.md shows is taken here, with DEAI_SCREENSHOTS=1. */
describe.skipIf(!hasChromium)('the demo, left running', () => {
  let demo: SpawnedProcess;
  let links: { requester: string; operator: string };
  let client: DeaiClient;
  let requester: Visitor;

  beforeAll(async () => {
    const env = { DEAI_DATA_DIR: await tempDir(), KEEP: '1', NO_COLOR: '1', FORCE_COLOR: undefined };
    demo = await spawnProcess(process.execPath, [DEMO], { env });
    const [, dashboard = '', nodes = ''] = await demo.waitForOutput(/Dashboard +(http\S+)\s+Its nodes +(http\S+)/, {
      timeoutMs: PATIENCE_MS,
    });
    expect(demo.output()).toMatch(/All good: 21 of 21/);
    links = { requester: dashboard, operator: nodes };
    client = await clientOf(dashboard);
    requester = await visitorOf(dashboard);
  }, PATIENCE_MS);

  test('its link shows its own tasks, of every kind, and a receipt up to the root on chain', async () => {
    const { page } = requester;
    await page.getByText('21 tasks').waitFor();
    const table = page.getByRole('table', { name: 'Tasks' });
    for (const kind of KINDS) await table.getByText(kind, { exact: true }).first().waitFor();
    expect(await problemsOf(requester, 'tasks')).toEqual([]);

    const { id, steps } = await deepestTask(client);
    expect(steps).toBeGreaterThan(1);
    await table.locator(`a[href="/tasks/${id}"]`).click();
    await page.getByText('The receipt is valid.').waitFor();
    const check = page.getByRole('listitem').filter({ hasText: 'The contract on chain holds that root' });
    await check.getByRole('img', { name: 'holds', exact: true }).waitFor();
    await page.getByRole('img', { name: `Merkle path of ${steps} steps` }).waitFor();
    expect(await problemsOf(requester, 'task')).toEqual([]);
  }, 60_000);

  test('a task can be tried out there', async () => {
    const { page } = requester;
    await goTo(page, 'Playground');
    await page.getByRole('tab', { name: 'Image to text', exact: true }).click();
    await page.getByRole('button', { name: 'Use a sample' }).click();
    await page.getByText('At most 0.').waitFor();
    await page.getByRole('button', { name: 'Run it' }).click();
    await page.getByText(/CITY LIBRARY/).waitFor();
    await page.getByText('Ran', { exact: true }).waitFor();
    expect(await problemsOf(requester, 'playground-image-to-text')).toEqual([]);
  }, 60_000);

  test('the network is drawn from what it remembers, with its nodes, settlement, token and price', async () => {
    const { page } = requester;
    await goTo(page, 'Overview');
    if (KEEP_IMAGES) await someLife(client);
    for (const name of ['amber', 'birch', 'cedar']) await page.getByRole('link', { name: new RegExp(`${name}.*Online`) }).waitFor();
    await page.getByRole('img', { name: /Nodes online by region.*eu-west: 1/ }).waitFor();
    await page.getByRole('region', { name: 'Settlement batches: table' }).getByText('Final').first().waitFor();
    await page.getByRole('img', { name: /^Tasks completed a second over five minutes/ }).waitFor();
    await page.getByRole('img', { name: /^Waiting time over an hour, now \d/ }).waitFor();
    await page.getByRole('region', { name: 'Price of DEAI' }).getByText('Fixed by the configuration').waitFor();

    const card = page.getByRole('region', { name: 'Token' });
    await card.getByTitle('1000000000 DEAI', { exact: true }).waitFor();
    await card.getByTitle('300 DEAI', { exact: true }).waitFor();
    const { supplyYocto, contractYocto, treasuryYocto, elsewhereYocto, heldYocto, parts } = await client.settlement.token();
    const sumOf = (amounts: string[]) => amounts.reduce((sum, amount) => sum + BigInt(amount), 0n).toString();
    expect(sumOf([contractYocto, treasuryYocto, elsewhereYocto])).toBe(supplyYocto);
    expect(sumOf(Object.values(parts))).toBe(heldYocto);
    expect(await problemsOf(requester, 'network')).toEqual([]);
  }, 180_000);

  test('a second link shows its nodes to their operator, and what they earned', async () => {
    const operator = await visitorOf(links.operator);
    const { page } = operator;
    for (const name of ['amber', 'birch', 'cedar']) await page.getByRole('link', { name: new RegExp(`${name}.*Online`) }).waitFor();
    await page.getByRole('img', { name: /Earned over time/ }).waitFor();
    await page.getByRole('region', { name: 'Rewards and stake on chain' }).getByText('Claimed', { exact: true }).first().waitFor();
    expect(await problemsOf(operator, 'nodes')).toEqual([]);
  }, 60_000);

  test('it ends with Ctrl-C', async () => {
    demo.kill('SIGINT');
    expect((await demo.exited).code).toBe(0);
  }, 60_000);
});
