import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DeaiClient } from '@deai/sdk';
import { spawnProcess, tempDir } from '@deai/testkit';
import { describe, expect, test } from 'vitest';
import { hasChromium, KEEP_IMAGES, newVisitor, problemsOf } from './src/browser.ts';
import { goTo } from './src/flows.ts';

const DEMO = fileURLToPath(new URL('../../apps/demo/src/main.ts', import.meta.url));
const PATIENCE_MS = 240_000;

const LIFE_S = 75;

/** Tasks of the same requester for a while, so that the picture of the network is one of a network at work. */
async function someLife(link: string): Promise<void> {
  const { origin, hash } = new URL(link);
  const { email = '', password = '' } = Object.fromEntries(new URLSearchParams(hash.slice(1)));
  const client = new DeaiClient({ baseUrl: origin });
  await client.auth.login({ email, password });
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

describe.skipIf(!hasChromium)('the demo, left running', () => {
  test("prints a link that shows its own tasks, nodes and settlement, once one says 'Log in'", async () => {
    const env = { DEAI_DATA_DIR: await tempDir(), KEEP: '1', NO_COLOR: '1', FORCE_COLOR: undefined };
    const demo = await spawnProcess(process.execPath, [DEMO], { env });
    const [, link = ''] = await demo.waitForOutput(/Dashboard +(http\S+)/, { timeoutMs: PATIENCE_MS });
    expect(demo.output()).toMatch(/All good: 21 of 21/);
    const visitor = await newVisitor();
    const { page } = visitor;
    await page.goto(link);
    await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
    await page.getByText('21 tasks').waitFor();
    expect(page.url()).not.toContain('password');
    expect(await problemsOf(visitor)).toEqual([]);
    await page.getByRole('table', { name: 'Tasks' }).getByRole('row').nth(1).getByRole('link').click();
    await page.getByText('The receipt is valid.').waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'The contract on chain holds that root' })
      .getByRole('img', { name: 'holds', exact: true })
      .waitFor();
    await goTo(page, 'Overview');
    if (KEEP_IMAGES) await someLife(link);
    for (const name of ['amber', 'birch', 'cedar']) await page.getByRole('link', { name: new RegExp(`${name}.*Online`) }).waitFor();
    await page.getByRole('img', { name: /Nodes online by region.*eu-west: 1/ }).waitFor();
    await page.getByRole('region', { name: 'Settlement batches: table' }).getByText('Final').first().waitFor();
    expect(await problemsOf(visitor, 'network')).toEqual([]);
    demo.kill('SIGINT');
    expect((await demo.exited).code).toBe(0);
  }, 360_000);
});
