import { fileURLToPath } from 'node:url';
import { spawnProcess, tempDir } from '@deai/testkit';
import { describe, expect, test } from 'vitest';
import { hasChromium, newVisitor, problemsOf } from './src/browser.ts';
import { goTo } from './src/flows.ts';

const DEMO = fileURLToPath(new URL('../../apps/demo/src/main.ts', import.meta.url));
const PATIENCE_MS = 240_000;

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
    for (const name of ['amber', 'birch', 'cedar']) await page.getByRole('link', { name: new RegExp(`${name}.*Online`) }).waitFor();
    await page.getByRole('img', { name: /Nodes online by region.*eu-west: 1/ }).waitFor();
    await page.getByRole('region', { name: 'Settlement batches: table' }).getByText('Final').first().waitFor();
    expect(await problemsOf(visitor, 'network')).toEqual([]);
    demo.kill('SIGINT');
    expect((await demo.exited).code).toBe(0);
  }, 360_000);
});
