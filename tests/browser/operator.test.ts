import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DeaiClient, formatTokens } from '@deai/sdk';
import { spawnProcess, tempDir, waitFor } from '@deai/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerAccount } from '../e2e/src/accounts.ts';
import { languageTask } from '../e2e/src/load.ts';
import { CLI, type NetworkProcess, startNetwork } from '../e2e/src/network-process.ts';
import { hasChromium, newVisitor, PHONE, problemsOf } from './src/browser.ts';
import { goTo, logIn, newLogin, signUp } from './src/flows.ts';
import { startUpstream } from './src/upstream-server.ts';

const ADMIN = { email: 'admin@browser.example', password: 'an administrator of tests' };

let network: NetworkProcess;

describe.skipIf(!hasChromium)('an operator and an administrator', () => {
  beforeAll(async () => {
    network = await startNetwork({ env: { DEAI_AUTH_ADMIN_EMAIL: ADMIN.email, DEAI_SETTLEMENT: 'on' } });
  }, 120_000);

  test('an operator adds a node by the command on the page, sees it work and earn, and takes it out of service', async () => {
    const visitor = await newVisitor();
    const { page } = visitor;
    const login = newLogin();
    await signUp(page, network.url, login, true);
    await goTo(page, 'My nodes');
    await page.getByText('No node yet').waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
    await page.getByLabel('Its name').fill('attic');
    for (const kind of ['embeddings', 'ocr', 'wasm']) await page.getByRole('checkbox', { name: kind }).uncheck();
    await page.getByRole('checkbox', { name: 'chat' }).check();
    const upstream = await startUpstream(['Hello.']);
    await page.getByLabel('Server that chats').fill(upstream);
    await page.getByLabel('Its models').fill('small');
    await page.getByRole('button', { name: 'Put a new key into the command' }).click();
    await page.getByText('It is not shown again.').waitFor();
    const command = (await page.getByRole('region', { name: 'Command that starts the node' }).textContent()) ?? '';
    const chats = `--kinds language-id,chat --upstream ${upstream} --chat-models small`;
    expect(command.split('\n').at(-1)).toBe(`  npm run deai -- node start --name attic --region eu-west ${chats}`);

    // The very command, with this program in place of npm's.
    const run = command.replace('npm run deai --', `"${process.execPath}" "${CLI}"`);
    const folder = await tempDir('deai-browser-node-');
    await spawnProcess('bash', ['-c', `exec env ${run.replace('\\\n', '')} --data-dir "${folder}"`]);
    await page.getByRole('link', { name: /attic.*Online.*chat, language-id/ }).waitFor({ timeout: 60_000 });

    const requester = await registerAccount(network.url, 'requester');
    const submitted = await requester.client.tasks.submitMany(Array.from({ length: 400 }, () => languageTask()));
    await Promise.all(submitted.map(({ id }) => requester.client.tasks.wait(id)));
    const operator = new DeaiClient({ baseUrl: network.url });
    await operator.auth.login(login);
    const { earnedYocto } = await operator.user.billing();
    await page
      .getByTitle(`${formatTokens(earnedYocto)} DEAI`)
      .first()
      .waitFor();
    await page.reload();
    await page.getByRole('img', { name: /Earned over time/ }).waitFor();

    // Rewards that are final are claimed at a press, and go to the account that the node earns on.
    const claims = page.getByRole('region', { name: 'Rewards and stake on chain' });
    await claims.getByRole('button', { name: 'Claim the rewards' }).click({ timeout: 60_000 });
    await claims.getByText(/were paid to [0-9a-f]{64}/).waitFor();
    const [claim] = (await operator.settlement.claims().page()).items;
    await claims.getByText(claim?.transaction ?? 'none').waitFor();
    await claims.getByText('History').click();
    await claims.getByRole('cell', { name: 'Rewards claimed' }).waitFor();
    const account = await operator.settlement.account(claim?.accountId ?? '');
    expect(account.claimedYocto).toBe(claim?.paidYocto);
    expect(await problemsOf(visitor)).toEqual([]);

    await page.getByRole('link', { name: /attic/ }).click();
    await page.getByText('No waiting work').waitFor();
    expect(await problemsOf(visitor, 'node')).toEqual([]);

    // The stake is changed by a key that goes nowhere.
    const pem = await readFile(join(folder, 'node-key.pem'), 'utf8');
    const secret = pem.split('\n')[1] as string;
    const sent: string[] = [];
    page.on('request', (request) => sent.push(`${request.url()} ${request.postData()}`));
    const chainEnv = { ...process.env, DEAI_DATA_DIR: network.dataDir, DEAI_URL: network.url };
    await promisify(execFile)(process.execPath, [CLI, 'chain', 'fund', account.accountId, '--near', '1', '--tokens', '200'], {
      env: chainEnv,
    });
    await page.getByRole('button', { name: 'Change the stake' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change the stake' });
    await dialog.getByLabel('DEAI').fill('50');
    await dialog.getByLabel('Secret key').fill(pem);
    expect(await problemsOf(visitor)).toEqual([]);
    await dialog.getByRole('button', { name: 'Sign and send' }).click();
    await dialog.getByRole('alert').getByText('ERR_STAKE: below min_stake').waitFor();
    await dialog.getByLabel('DEAI').fill('150');
    await dialog.getByRole('button', { name: 'Sign and send' }).click();
    await dialog.getByText('150 DEAI are at stake now').waitFor();
    expect(await problemsOf(visitor, 'stake')).toEqual([]);
    await dialog.getByLabel('What').selectOption('unstake');
    await dialog.getByLabel('DEAI').fill('');
    await dialog.getByRole('button', { name: 'Sign and send' }).click();
    await dialog.getByText('150 DEAI are asked back').waitFor();
    await dialog.getByLabel('What').selectOption('withdraw');
    await dialog.getByRole('button', { name: 'Sign and send' }).click();
    await dialog.getByRole('alert').getByText('ERR_COOLDOWN').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('150 DEAI asked back').waitFor();
    const { rpcUrl } = await operator.settlement.status();
    expect(sent.some((request) => request.startsWith(rpcUrl ?? 'none'))).toBe(true);
    expect(sent.filter((request) => request.includes(secret))).toEqual([]);
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain(secret);

    // The account is linked by a signature that is made in the page.
    await goTo(page, 'Billing');
    await page.getByRole('button', { name: 'Link an account' }).click();
    const linking = page.getByRole('dialog', { name: 'Link a NEAR account' });
    await linking.getByLabel('NEAR account').fill('somebody.else');
    await linking.getByLabel('Secret key').fill(pem);
    expect(await problemsOf(visitor)).toEqual([]);
    await linking.getByRole('button', { name: 'Sign and link' }).click();
    await linking.getByRole('alert').getByText('does not prove').waitFor();
    await linking.getByLabel('NEAR account').fill(account.accountId);
    await linking.getByRole('button', { name: 'Sign and link' }).click();
    await linking.getByText('is linked').waitFor();
    expect(await operator.settlement.linkedAccount()).toBe(account.accountId);
    await linking.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('region', { name: 'Deposits on chain' }).getByText(account.accountId).first().waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
    expect(sent.filter((request) => request.includes(secret))).toEqual([]);
    await goTo(page, 'My nodes');
    await page.getByRole('link', { name: /attic/ }).click();

    // What was asked back comes out once it has cooled down, ten seconds on this chain.
    await page.getByRole('button', { name: 'Change the stake' }).click();
    await dialog.getByLabel('What').selectOption('withdraw');
    await dialog.getByLabel('Secret key').fill(pem);
    const sign = dialog.getByRole('button', { name: 'Sign and send' });
    await waitFor(
      async () => {
        // It is called so again once the last try has ended.
        await sign.waitFor();
        if (await dialog.getByText('150 DEAI are back with the account').isVisible()) return true;
        await sign.click();
        return false;
      },
      { timeoutMs: 40_000, intervalMs: 1_000, what: 'the end of the cool-down' },
    );
    expect(await problemsOf(visitor)).toEqual([]);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('150 DEAI asked back').waitFor({ state: 'detached' });
    const balance = await promisify(execFile)(process.execPath, [CLI, 'balance', account.accountId, '--json'], { env: chainEnv });
    expect(BigInt(JSON.parse(balance.stdout).tokensYocto)).toBe(200n * 10n ** 24n + BigInt(claim?.paidYocto ?? 0));
    expect(sent.filter((request) => request.includes(secret))).toEqual([]);

    await page.getByRole('button', { name: 'Maintenance' }).click();
    await page.getByText('The node is in maintenance').waitFor();
    await page.getByRole('button', { name: 'Put back to work' }).click();
    await page.getByText('No waiting work').waitFor();

    const phone = await newVisitor({ ...PHONE, storageState: await page.context().storageState() });
    await phone.page.goto(page.url());
    await phone.page.getByRole('button', { name: 'Change the stake' }).click();
    await phone.page.getByRole('dialog').getByLabel('Secret key').waitFor();
    expect(await problemsOf(phone)).toEqual([]);
    await phone.page.goto(`${network.url}/nodes`);
    await phone.page.getByRole('region', { name: 'Rewards and stake on chain' }).getByText('Claimed', { exact: true }).waitFor();
    await phone.page.getByText('History').click();
    await phone.page.getByRole('cell', { name: 'Rewards claimed' }).waitFor();
    expect(await problemsOf(phone, 'phone-nodes')).toEqual([]);

    await goTo(page, 'Overview');
    await page.getByRole('img', { name: 'Nodes online by region. eu-west: 1' }).waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
  }, 180_000);

  test('an administrator finds users, gives roles, takes a node out of service, and sees who did what', async () => {
    const visitor = await newVisitor();
    const { page } = visitor;
    await signUp(page, network.url, ADMIN);
    await goTo(page, 'Administration');
    const user = await registerAccount(network.url, 'requester');
    const { email } = await user.client.user.profile();
    const [users, log] = [page.getByRole('table', { name: 'Users' }), page.getByRole('table', { name: 'Audit log' })];

    await page.getByLabel('Address or name').fill(email.slice(0, 12).toUpperCase());
    await page.getByText('1 user', { exact: true }).waitFor();
    await users.getByRole('button', { name: `Roles of ${email}` }).click();
    await page.getByRole('checkbox', { name: 'operator' }).check();
    expect(await problemsOf(visitor)).toEqual([]);
    await page.getByRole('button', { name: 'Set the roles' }).click();
    await page.getByText(`${email} is now requester, operator.`).first().waitFor();
    await users.getByText('requester, operator').waitFor();
    expect((await user.client.user.profile()).roles.sort()).toEqual(['operator', 'requester']);
    const granted = log.getByRole('row').filter({ hasText: 'Role granted' });
    await granted.filter({ hasText: ADMIN.email }).filter({ hasText: email }).filter({ hasText: 'operator' }).waitFor();

    await page.getByLabel('Role', { exact: true }).selectOption('admin');
    await page.getByText('No user matches').waitFor();
    await page.getByLabel('Address or name').fill('');
    await users.getByText(ADMIN.email, { exact: true }).waitFor();
    await page.getByLabel('Role', { exact: true }).selectOption('');

    await page.getByRole('region', { name: 'All nodes: table' }).getByRole('link', { name: 'attic' }).click();
    await page.getByRole('button', { name: 'Maintenance' }).click();
    await page.getByText('The node is in maintenance').waitFor();
    await goTo(page, 'Administration');
    const moved = log.getByRole('row').filter({ hasText: 'Node mode set' });
    await moved.filter({ hasText: ADMIN.email }).filter({ hasText: 'attic' }).filter({ hasText: 'maintenance' }).waitFor();
    await moved.first().getByText('Done', { exact: true }).waitFor();
    expect(await problemsOf(visitor, 'administration')).toEqual([]);

    // The same act as it would look had the database refused it, and had the process been killed meanwhile.
    for (const [outcome, badge, text] of [
      ['failed', 'Failed', 'Failed with UNAVAILABLE'],
      ['attempted', 'Attempted', 'Not known, or not yet'],
    ] as const) {
      await page.route('**/api/v1/audit?*', async (route) => {
        const answer = await route.fetch();
        const { items, nextCursor } = (await answer.json()) as { items: { concluded: unknown }[]; nextCursor: string | null };
        const code = outcome === 'failed' ? 'UNAVAILABLE' : null;
        const told = items.map((entry) => (entry.concluded ? { ...entry, outcome, code } : entry));
        await route.fulfill({ response: answer, json: { items: told, nextCursor } });
      });
      await moved.first().getByText(badge, { exact: true }).waitFor();
      await moved.first().getByRole('button', { name: 'Node mode set' }).click();
      await page.getByRole('dialog').getByText(text).waitFor();
      expect(await problemsOf(visitor)).toEqual([]);
      await page.getByRole('button', { name: 'Close' }).click();
      await page.unroute('**/api/v1/audit?*');
    }

    await page.getByRole('button', { name: 'Verify the audit log' }).click();
    const verifying = page.getByRole('dialog', { name: 'Verify the audit log' });
    const verify = verifying.getByRole('button', { name: 'Verify in this browser' });
    await verify.click();
    await verifying.getByText(/entries fit: 1 to \d+$/).waitFor();
    const head = (await verifying.getByRole('region', { name: 'Head of the audit log' }).textContent()) ?? '';
    const admin = new DeaiClient({ baseUrl: network.url });
    await admin.auth.login(ADMIN);
    // Logging in has appended an entry since.
    const { last } = await admin.admin.auditChain();
    expect(head).toMatch(new RegExp(`^${last - 1}:[0-9a-f]{64}$`));
    expect(await problemsOf(visitor)).toEqual([]);
    await verifying.getByLabel('Head noted before').fill('5');
    await verify.click();
    await verifying.getByText('That is no head').waitFor();
    await verifying.getByLabel('Head noted before').fill(head);
    await verify.click();
    await verifying.getByText('The entry that was noted is still there').waitFor();
    await verifying.getByText(`entries fit: 1 to ${last}`).waitFor();

    // What the database would tell had somebody changed a row there.
    await page.route('**/api/v1/audit/chain/entries?*', async (route) => {
      const answer = await route.fetch();
      const { items, nextCursor } = (await answer.json()) as { items: { number: number }[]; nextCursor: string | null };
      const changed = items.map((record) => (record.number === 3 ? { ...record, actorId: null } : record));
      await route.fulfill({ response: answer, json: { items: changed, nextCursor } });
    });
    await verify.click();
    await verifying.getByText('Entry 3 is not what was recorded').waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
    await page.unroute('**/api/v1/audit/chain/entries?*');
    await page.getByRole('button', { name: 'Close' }).click();

    await page.getByLabel('What happened').selectOption('user.registered');
    await page.getByLabel('What it was done to').fill(email);
    await page.getByLabel('When', { exact: true }).selectOption({ label: 'The last hour' });
    await log.getByRole('row').nth(1).getByText(email).first().waitFor();
    for (const gone of [moved, log.getByRole('row').filter({ hasText: ADMIN.email })]) await gone.first().waitFor({ state: 'detached' });
    expect(await log.getByRole('row').count()).toBe(2);
    await log.getByRole('button', { name: 'Signed up' }).click();
    await page.getByRole('dialog').getByText('127.0.0.1').waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByLabel('Who did it').fill('nobody@browser.example');
    await page.getByText('No entry matches').waitFor();
    expect(await problemsOf(visitor)).toEqual([]);
  }, 180_000);

  test('the page of administrators works on a phone, tells when the network does not answer, and is not for others', async () => {
    const phone = await newVisitor(PHONE);
    const { page } = phone;
    await page.goto(`${network.url}/admin`);
    await page.route('**/api/v1/audit?*', (route) =>
      route.fulfill({ status: 400, json: { error: { code: 'INVALID_INPUT', message: 'Broken.' } } }),
    );
    await logIn(page, ADMIN);
    await page.getByRole('table', { name: 'Users' }).getByText(ADMIN.email, { exact: true }).waitFor();
    await page.getByRole('alert').getByText('Broken.').waitFor();
    expect(await problemsOf(phone)).toEqual([]);
    await page.unroute('**/api/v1/audit?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('table', { name: 'Audit log' }).getByRole('button', { name: 'Logged in' }).first().click();
    await page.getByRole('dialog').getByText(ADMIN.email).first().waitFor();
    expect(await problemsOf(phone)).toEqual([]);
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await problemsOf(phone, 'phone-administration')).toEqual([]);

    const other = await newVisitor();
    await signUp(other.page, network.url, newLogin());
    await other.page.goto(`${network.url}/admin`);
    await other.page.getByText('This page is for administrators').waitFor();
    expect(await problemsOf(other)).toEqual([]);
  }, 180_000);
});
