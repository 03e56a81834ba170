import { DeaiClient } from '@deai/sdk';
import { waitFor } from '@deai/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerAccount, registerNode } from '../e2e/src/accounts.ts';
import { startHonestNode } from '../e2e/src/honest-node.ts';
import { languageTask } from '../e2e/src/load.ts';
import { type NetworkProcess, startNetwork } from '../e2e/src/network-process.ts';
import { DESKTOP, hasChromium, newVisitor, PHONE, problemsOf, type Visitor } from './src/browser.ts';
import { goTo, logIn, NAME, newLogin, signUp } from './src/flows.ts';

const ACCESS_TOKEN_S = 30;
/** Compressed script of the first page. */
const MAX_SCRIPT_BYTES = 200_000;

let network: NetworkProcess;
let url: string;

const visit = async (visitor: Visitor, path: string, heading: string) => {
  await visitor.page.goto(url + path);
  await visitor.page.getByRole('heading', { level: 1, name: heading }).waitFor();
};

describe.skipIf(!hasChromium)('a visitor', () => {
  beforeAll(async () => {
    network = await startNetwork({ env: { DEAI_AUTH_ACCESS_TOKEN_S: String(ACCESS_TOKEN_S), DEAI_SETTLEMENT: 'on' } });
    url = network.url;
  }, 120_000);

  test('sees the network without an account, on any screen, light and dark, with no barrier and no breach of the security policy', async () => {
    for (const [name, options] of [
      ['desktop', DESKTOP],
      ['phone', PHONE],
    ] as const) {
      const visitor = await newVisitor(options);
      await visit(visitor, '/', 'The network, now');
      await visitor.page.getByText('Balanced: ').waitFor();
      await visitor.page.getByText('Throughput').waitFor();
      expect([name, await problemsOf(visitor)]).toEqual([name, []]);
      for (const [path, heading] of [
        ['/settlement', 'Settlement'],
        ['/login', 'Log in'],
        ['/signup', 'Sign up'],
        ['/settlement/999', 'Batch #999'],
      ] as const) {
        await visit(visitor, path, heading);
        expect([name, path, await problemsOf(visitor)]).toEqual([name, path, []]);
      }
      await visitor.page.context().close();
    }
  }, 180_000);

  test('hears of the network as it changes, over a socket and without asking, and asks again while there is none', async () => {
    const visitor = await newVisitor();
    const { page } = visitor;
    const asked: string[] = [];
    const heard: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    page.on('websocket', (socket) => {
      // One frame, or several as an array.
      socket.on('framereceived', ({ payload }) => heard.push(...[JSON.parse(String(payload))].flat().map(({ type }) => type)));
    });
    await visit(visitor, '/', 'The network, now');
    await page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
    const nodes = page.getByText('Nodes online').locator('..');
    await nodes.getByText(/^0/).waitFor();
    const operator = await registerAccount(url, 'operator');
    const before = asked.length;
    const node = await startHonestNode(await registerNode(url, operator.apiKey), { serviceMs: 1 });
    await nodes.getByText(/^1/).waitFor();
    const requester = await registerAccount(url, 'requester');
    await new DeaiClient({ baseUrl: url, apiKey: requester.apiKey }).run(languageTask());
    await page.getByRole('listitem').filter({ hasText: 'language-id' }).getByText('0 · 0 · 1').waitFor();
    await waitFor(() => heard.includes('settlement_batch'), { timeoutMs: 30_000 });
    expect(asked.slice(before).filter((path) => path.endsWith('/network/stats') || path.endsWith('/network/queues'))).toEqual([]);
    expect(await problemsOf(visitor)).toEqual([]);
    await node.stop();
    await nodes.getByText(/^0/).waitFor();

    const alone = await newVisitor();
    await alone.page.routeWebSocket(/\/ws\b/, (socket) => void socket.close());
    const polled: string[] = [];
    alone.page.on('response', (response) => polled.push(new URL(response.url()).pathname));
    await visit(alone, '/', 'The network, now');
    await alone.page.getByText('Throughput').waitFor();
    await waitFor(() => polled.filter((path) => path.endsWith('/network/stats')).length > 3, { timeoutMs: 30_000 });
  }, 120_000);

  test('gets pages with a strict policy, and little script', async () => {
    const { page } = await newVisitor();
    const scripts = new Map<string, { bytes: number; encoding: string | undefined }>();
    page.on('response', (response) => {
      const headers = response.headers();
      if (response.url().endsWith('.js')) {
        scripts.set(response.url(), { bytes: Number(headers['content-length']), encoding: headers['content-encoding'] });
      }
    });
    const answer = await page.goto(url);
    const headers = answer?.headers() ?? {};
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'$/,
    );
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-cache' });
    await page.getByText('Throughput').waitFor();
    await page.waitForLoadState('networkidle').catch(() => undefined);
    const bytes = [...scripts.values()].reduce((sum, script) => sum + script.bytes, 0);
    const begun = performance.now();
    await page.reload();
    await page.getByText('Throughput').waitFor();
    const reloadMs = performance.now() - begun;
    process.stdout.write(
      `first page: ${(bytes / 1_000).toFixed(0)} kB of script; its numbers are there ${reloadMs.toFixed(0)} ms after a reload\n`,
    );
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(MAX_SCRIPT_BYTES);
    // Files of less than a kilobyte gain nothing.
    for (const script of scripts.values()) if (script.bytes > 1_024) expect(['br', 'gzip']).toContain(script.encoding);
  });

  test('signs up, stays logged in over a reload, logs out, is told what was wrong with a login, and comes back to where they were going', async () => {
    const visitor = await newVisitor();
    const { page } = visitor;
    const login = newLogin();
    await signUp(page, url, login);
    expect(await problemsOf(visitor)).toEqual([]);
    await page.reload();
    await page.getByRole('heading', { name: 'Playground' }).waitFor();
    await page.getByRole('button', { name: NAME }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'The network, now' }).waitFor();

    await page.goto(`${url}/billing`);
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await logIn(page, { ...login, password: 'not the password' });
    await page.getByRole('alert').getByText('Check both and try again.').waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
    await logIn(page, login);
    await page.getByRole('heading', { name: 'Billing' }).waitFor();
  }, 180_000);

  test('chooses how it looks, moves by keyboard, and is told about what is not there', async () => {
    const visitor = await newVisitor();
    const { page } = visitor;
    await visit(visitor, '/', 'The network, now');
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole('button', { name: 'Theme: system. Change to light.' }).click();
    await page.getByRole('button', { name: 'Theme: light. Change to dark.' }).click();
    await expect.poll(background).not.toBe(light);
    await page.reload();
    await expect.poll(background).not.toBe(light);
    // The colours are there before the page is.
    await page.getByRole('heading', { name: 'The network, now' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('main');

    await signUp(page, url, newLogin());
    await page.goto(`${url}/tasks/01890a5d-ac96-774b-bcce-b302099a8057`);
    await page.getByText('There is no such task.').waitFor();
    await page.getByText('Check the address: tasks are shown to who submitted them.').waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
    await goTo(page, 'Tasks');
    await page.getByText('No task yet').waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
  }, 180_000);

  test('sees when the network is away, and when it is there again', async () => {
    const { page } = await newVisitor();
    await page.goto(url);
    await page.getByText('Throughput').waitFor();
    await page.context().setOffline(true);
    await page.getByText('You are offline.').waitFor();
    await page.getByText('Throughput').waitFor();
    await page.context().setOffline(false);
    await page.getByText('You are offline.').waitFor({ state: 'detached' });
  }, 180_000);

  test('loses nothing from a form when the session ends, and goes on with a fresh token when it only grew old', async () => {
    const visitor = await newVisitor();
    const { page } = visitor;
    const login = newLogin();
    await signUp(page, url, login);
    await page.getByLabel('Texts').fill('something that took long to write');
    // The access token ends; the page gets the next one by itself.
    await page.waitForTimeout((ACCESS_TOKEN_S + 2) * 1_000);
    await goTo(page, 'Billing');
    await page.getByText('To spend').waitFor();
    await goTo(page, 'Playground');
    await page.getByLabel('Texts').fill('something that took longer to write');

    const tokens = await page.evaluate(() => JSON.parse(localStorage.getItem('deai.session') ?? '{}').tokens);
    await new DeaiClient({ baseUrl: url, tokens }).auth.logout();
    await page.waitForTimeout((ACCESS_TOKEN_S + 2) * 1_000);
    await page.getByRole('button', { name: 'Run it' }).click();
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
    await dialog.getByLabel('Password').fill(login.password);
    await dialog.getByRole('button', { name: 'Log in' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Texts').inputValue()).toBe('something that took longer to write');
  }, 150_000);
});
