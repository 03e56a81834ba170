import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNearChain } from '@deai/near';
import { accountLinkText, parsePublicKey, verifyText } from '@deai/protocol';
import { refuse, startTestServer, type TestServer } from '@deai/sdk/testing';
import { makeDocument } from '@deai/sdk/testing/receipt-document';
import { tempDir } from '@deai/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ChainWorld, createChainWorld, openPool, USD } from './testing/chain-world.ts';
import { USER } from './testing/fake-network.ts';
import { runDeai } from './testing/run-deai.ts';

// Each run of the program is a process of its own, and a test needs up to a dozen.
vi.setConfig({ testTimeout: 120_000 });

const DEAI = 10n ** 24n;
const yocto = (whole: number) => (BigInt(whole) * DEAI).toString();
let world: ChainWorld;
let server: TestServer;
let root: string;

beforeAll(async () => {
  world = await createChainWorld();
  root = join(world.folder, 'root.json');
  server = await startTestServer();
});
afterAll(async () => {
  await server.close();
  await world.close();
});
beforeEach(() => {
  const { computeId, tokenId } = world.network;
  server.on('GET /settlement', () => ({ body: { contractId: computeId, tokenId, rpcUrl: world.local.rpcUrl } }));
  server.on('GET /settlement/accounts/*', ({ route }) => ({ body: totals(route.split('/').at(-1) ?? '') }));
});

const totals = (accountId: string, proofs: object | null = null, earnedYocto = '0') => ({
  accountId,
  earnedYocto,
  chargedYocto: '0',
  finalEarnedYocto: proofs ? earnedYocto : '0',
  escrowYocto: '0',
  requestedYocto: '0',
  proofs,
});

const deai = (args: readonly string[], env: Record<string, string> = {}) =>
  runDeai([...args], { env: { DEAI_URL: server.url, DEAI_API_KEY: 'deai_test', XDG_CONFIG_HOME: world.folder, ...env } });
/** The JSON that the command prints. */
async function json(...args: string[]) {
  const { code, stdout, stderr } = await deai([...args, '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
async function failure(...args: string[]) {
  const { code, stderr } = await deai([...args, '--json']);
  return { code, ...JSON.parse(stderr).error };
}
async function saved(name: string, value: unknown): Promise<string> {
  const path = join(world.folder, name);
  await writeFile(path, JSON.stringify(value));
  return path;
}
/** A new account of the name, with its credentials file. */
async function account(name: string, tokens: string): Promise<{ id: string; file: string }> {
  const [id, file] = [`${name}.deai.local`, join(world.folder, `${name}.json`)];
  await json('chain', 'fund', id, '--create', file, '--near', '5', '--tokens', tokens, '--credentials', root);
  return { id, file };
}

describe('chain', () => {
  it('start runs one until it is interrupted, and says where its key lies', async () => {
    const data = await tempDir();
    let asked: Promise<unknown> | undefined;
    const { code, stdout } = await runDeai(['chain', 'start', '--data', data, '--port', '0', '--json'], {
      onOutput: ({ stdout: text }, child) => {
        if (!text.includes('\n')) return;
        asked ??= createNearChain({ rpcUrl: JSON.parse(text).rpcUrl })
          .balance('deai.local')
          .finally(() => child.kill('SIGTERM'));
      },
    });
    expect(code).toBe(0);
    expect(await asked).toBe(10n ** 33n);
    const { credentials, chainId } = JSON.parse(stdout);
    expect(chainId).toBe('deai-local');
    expect((await stat(credentials)).mode & 0o777).toBe(0o600);
  });

  it('status tells height, accounts and the contract; without a network by --rpc and --contract', async () => {
    const { computeId, tokenId } = world.network;
    const answer = await json('chain', 'status');
    expect(answer).toMatchObject({ contractId: computeId, height: world.local.chain.head.height, stats: { paused: false } });
    expect(answer.accounts.map(({ accountId }: { accountId: string }) => accountId)).toContain(tokenId);
    const nowhere = { DEAI_URL: 'http://127.0.0.1:9' };
    const { code, stdout } = await deai(['chain', 'status', '--rpc', world.local.rpcUrl, '--contract', computeId], nowhere);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/least stake +100 DEAI[\s\S]*settler\.deai\.local/)]);
    expect(await failure('chain', 'status', '--rpc', 'http://127.0.0.1:9')).toMatchObject({ code: 'CHAIN_UNREACHABLE', exitCode: 6 });
    server.on('GET /settlement', () => refuse(404, 'SETTLEMENT_OFF'));
    expect(await failure('chain', 'status')).toMatchObject({ code: 'SETTLEMENT_OFF', exitCode: 4, hint: expect.stringContaining('--rpc') });
  });

  it('fund makes accounts, and says what is missing', async () => {
    const { id, file } = await account('ada', '3');
    expect(JSON.parse(await readFile(file, 'utf8')).account_id).toBe(id);
    expect((await deai(['chain', 'fund', id, '--near', '1', '--credentials', root])).stdout).toContain('has 6 NEAR and 3 DEAI');
    expect(await failure('chain', 'fund', 'none.deai.local', '--near', '1', '--credentials', root)).toMatchObject({
      code: 'NO_ACCOUNT',
      exitCode: 4,
    });
    expect(await failure('chain', 'fund', id, '--credentials', root)).toMatchObject({ code: 'USAGE' });
    expect(await failure('chain', 'fund', id, '--near', '1', '--credentials', join(world.folder, 'nothing'))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('there is no such file'),
    });
  });
});

describe('stake', () => {
  it('goes from the node’s own account, and comes back after the cool-down', async () => {
    const node = await world.newNode();
    const at = ['--node-dir', node.dir];
    expect(await failure('stake', '100', ...at)).toMatchObject({
      code: 'NO_ACCOUNT',
      hint: expect.stringContaining(`deai chain fund ${node.accountId}`),
    });
    await json('chain', 'fund', node.accountId, '--near', '1', '--tokens', '300', '--credentials', root);
    expect(await failure('stake', '99', ...at)).toMatchObject({ code: 'USAGE', message: 'The least stake is 100 DEAI.' });
    expect(await failure('stake', '301', ...at)).toMatchObject({ code: 'INSUFFICIENT_TOKENS', exitCode: 5 });
    const staked = { accountId: node.accountId, nodeKey: node.publicKey };
    expect(await json('stake', '150', ...at)).toMatchObject({ ...staked, stakeYocto: yocto(150) });
    expect(await json('stake', '50', ...at)).toMatchObject({ ...staked, stakeYocto: yocto(200) });
    const { stdout } = await deai(['balance', ...at]);
    expect(stdout).toMatch(/tokens +100 DEAI[\s\S]*stake +200 DEAI behind ed25519:/);
    expect(await failure('unstake', '150', ...at)).toMatchObject({ code: 'ERR_STAKE', exitCode: 7 });
    expect(await json('unstake', ...at)).toMatchObject({ unstakedYocto: yocto(200), cooldownMs: 10_000 });
    expect(await failure('unstake', '--withdraw', ...at)).toMatchObject({
      code: 'ERR_COOLDOWN',
      hint: expect.stringContaining('cool-down'),
    });
    await world.local.chain.advance(10_001);
    expect(await json('unstake', '--withdraw', ...at)).toMatchObject({ paidYocto: yocto(200) });
    expect(await json('balance', ...at)).toMatchObject({ tokensYocto: yocto(300), stakes: [] });
  });

  it('goes from an operator’s account for a key that is named', async () => {
    const [{ file, id }, node] = [await account('oskar', '500'), await world.newNode()];
    expect(await failure('stake', '100', '--credentials', file)).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('--node-key'),
    });
    expect(await json('stake', '100', '--credentials', file, '--node-key', node.publicKey)).toMatchObject({
      accountId: id,
      nodeKey: node.publicKey,
    });
    expect((await json('balance', id)).stakes).toMatchObject([{ nodeKey: node.publicKey, stakeYocto: yocto(100), eligible: true }]);
  });

  it('says where a node’s key should be', async () => {
    expect(await failure('stake', '100', '--node-dir', '/none')).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('/none/node-key.pem'),
    });
  });
});

describe('escrow', () => {
  it('takes deposits and gives them back in two steps', async () => {
    const { file, id } = await account('eva', '20');
    expect(await json('deposit', '12.5', '--credentials', file)).toMatchObject({
      accountId: id,
      escrowYocto: '12500000000000000000000000',
    });
    expect(await failure('deposit', '12.5', '--credentials', file)).toMatchObject({ code: 'INSUFFICIENT_TOKENS', exitCode: 5 });
    const asked = await deai(['withdraw', '10', '--credentials', file]);
    expect([asked.code, asked.stdout]).toEqual([0, expect.stringMatching(/10 DEAI are asked for[\s\S]*Due once a batch/)]);
    expect(await failure('withdraw', '--credentials', file)).toMatchObject({
      code: 'ERR_NOT_DUE',
      exitCode: 7,
      hint: expect.stringContaining('Due once'),
    });
    await json('withdraw', '--cancel', '--credentials', file);
    expect(await failure('withdraw', '--cancel', '--credentials', file)).toMatchObject({ code: 'ERR_NO_REQUEST' });
    expect(await json('withdraw', '--credentials', file)).toMatchObject({
      step: 'requested',
      requestedYocto: '12500000000000000000000000',
    });
    await world.local.chain.advance(60_001);
    expect(await json('withdraw', '--credentials', file)).toMatchObject({ step: 'paid', paidYocto: '12500000000000000000000000' });
    expect(await json('balance', id)).toMatchObject({ tokensYocto: yocto(20), escrowYocto: '0', requestedYocto: '0' });
  });
});

describe('rewards', () => {
  it('are claimed with the network’s proof, once, also by another’s gas', async () => {
    const node = await world.newNode();
    expect((await deai(['claim', '--node-dir', node.dir])).stdout).toContain('There is nothing to claim');
    const reward = await world.settle(node.accountId, 42n * DEAI);
    const absent = { absent: { before: null, after: null } };
    server.on('GET /settlement/accounts/*', () => ({ body: totals(node.accountId, { batch: 1, reward, charge: absent }, yocto(42)) }));
    expect(await json('balance', node.accountId)).toMatchObject({ exists: false, claimableYocto: yocto(42) });
    expect(await failure('claim', '--node-dir', node.dir)).toMatchObject({
      code: 'CHAIN_REJECTED',
      message: expect.stringContaining('does not exist'),
    });
    await json('chain', 'fund', node.accountId, '--near', '1', '--credentials', root);
    expect(await json('claim', '--node-dir', node.dir)).toMatchObject({ accountId: node.accountId, paidYocto: yocto(42) });
    expect(await json('claim', '--account', node.accountId, '--credentials', root)).toMatchObject({
      paidYocto: '0',
      claimedYocto: yocto(42),
    });
    expect(await json('balance', node.accountId)).toMatchObject({ tokensYocto: yocto(42), claimableYocto: '0', claimedYocto: yocto(42) });
  });

  it('receipts are checked against the batch that the contract holds', async () => {
    const document = makeDocument();
    server.on('GET /network/keys', () => ({
      body: { networkId: 'local', keys: [{ publicKey: document.gateway.publicKey, signsFrom: USER.createdAt }] },
    }));
    const root = { hash: 'ab'.repeat(32), sums: [yocto(42), '0'] };
    const batch = { id: 1, contractId: world.network.computeId, root, proof: [] };
    const file = await saved('receipt.json', { ...document, batch });
    const seen = await deai(['receipt', 'verify', file]);
    expect(seen.stdout).toMatch(/✓ root on chain/);
    const other = await saved('other.json', { ...document, batch: { ...batch, root: { ...root, hash: 'cd'.repeat(32) } } });
    expect((await deai(['receipt', 'verify', other, '--rpc', world.local.rpcUrl])).stdout).toMatch(
      /✗ root on chain +the contract holds another root/,
    );
    const none = await saved('none.json', { ...document, batch: { ...batch, id: 9 } });
    expect((await deai(['receipt', 'verify', none])).stderr).toContain('holds no batch 9');
    expect((await deai(['receipt', 'verify', other, '--offline'])).stdout).toMatch(/– root on chain +not checked/);
  });
});

describe('link', () => {
  it('signs that the account is the user’s', async () => {
    const { file, id } = await account('lina', '1');
    server.on('GET /user/profile', () => ({ body: USER }));
    server.on('GET /network/keys', () => ({ body: { networkId: 'testing', keys: [] } }));
    server.on('POST /user/near-account', ({ body }) => ({ status: 201, body: { accountId: body.accountId, linkedAt: USER.createdAt } }));
    expect(await json('link', '--credentials', file)).toEqual({ accountId: id, linkedAt: USER.createdAt });
    const { accountId, publicKey, signature } = server.seen('POST /user/near-account').at(-1)?.body ?? {};
    const key = parsePublicKey(publicKey);
    if (!key) throw new Error('no key was sent');
    expect(verifyText(key, accountLinkText('testing', USER.id, accountId), signature)).toBe(true);
  });
});

describe('swap', () => {
  it('takes no less than the network’s price says', async () => {
    await openPool(world);
    const { file, id } = await account('sven', '100');
    const args = ['--credentials', file, '--exchange', world.exchangeId, '--pool', '0', '--out', USD];
    const priced = (usd: string | null, source = 'fixed') =>
      server.on('GET /network/price', () => ({
        body: { symbol: 'DEAI', usd, source, at: USER.createdAt, ageS: 0, stale: false, quorum: 1, sources: [] },
      }));
    priced('0.25');
    const planned = await json('swap', '40', ...args, '--plan');
    expect(BigInt(planned.minAmountOut)).toBe((10n * DEAI * 99n) / 100n);
    const swapped = await json('swap', '40', ...args);
    expect(swapped.amountOut).toBe(planned.expectedOut);
    expect(BigInt(swapped.amountOut)).toBeGreaterThan(BigInt(planned.minAmountOut));
    expect(await json('balance', id)).toMatchObject({ tokensYocto: yocto(60) });
    priced('0.25', 'median');
    expect(await failure('swap', '40', ...args)).toMatchObject({ code: 'PRICE_STALE' });
    priced('0.5');
    expect(await failure('swap', '40', ...args)).toMatchObject({ code: 'PRICE_DEVIATES' });
    priced(null);
    expect(await failure('swap', '40', ...args)).toMatchObject({ code: 'NO_PRICE' });
  });
});

describe('settlements', () => {
  it('lists batches and shows one', async () => {
    const node = { hash: 'ab'.repeat(32), sums: ['1'] };
    const batch = {
      number: 7,
      state: 'posted',
      receipts: 12,
      rewardYocto: yocto(3),
      feeYocto: yocto(1),
      roots: { receipts: node, rewards: node, charges: node },
      builtAt: USER.createdAt,
      postedAt: USER.createdAt,
      finalAt: null,
      postTx: 'hash',
      finalTx: null,
    };
    const { computeId: contractId, tokenId } = world.network;
    const sums = { receipts: 12, rewardYocto: yocto(3), feeYocto: yocto(1), finalRewardYocto: '0', finalFeeYocto: '0' };
    const batches = { waiting: 0, posted: 1, final: 6, rejected: 0, lastNumber: 7, lastFinal: 6 };
    const status = {
      chainId: 'deai-local',
      rpcUrl: null,
      contractId,
      tokenId,
      lagS: 0,
      challengeMs: 2_000,
      batches,
      ...sums,
      problem: 'the chain does not answer',
    };
    server.on('GET /settlement', () => ({ body: status }));
    const zero = { balancesYocto: '0', tasksYocto: '0', inFlightYocto: '0' };
    const token = {
      ...{ tokenId, contractId, treasuryId: contractId, name: 'DeAI', symbol: 'DEAI', decimals: 24, height: 99, at: USER.createdAt },
      ...{
        supplyYocto: yocto(1_000),
        contractYocto: yocto(300),
        heldYocto: yocto(300),
        treasuryYocto: yocto(7),
        elsewhereYocto: yocto(693),
      },
      parts: { stakesYocto: yocto(40), escrowYocto: yocto(200), unclaimedYocto: yocto(10), bondYocto: yocto(50), ...zero },
      ...{ settledYocto: yocto(12), claimedYocto: yocto(2) },
    };
    server.on('GET /settlement/token', () => ({ body: token }));
    server.on('GET /settlement/batches', () => ({ body: { items: [batch], nextCursor: 'c1' } }));
    server.on('GET /settlement/batches/*', () => ({ body: batch }));
    const { stdout, stderr } = await deai(['settlements', '--state', 'posted']);
    expect(stdout).toMatch(/batches +6 final, 1 posted[\s\S]*problem +the chain does not answer[\s\S]*7 +posted +12 +3 DEAI/);
    expect(stdout).toMatch(
      /at block 99\nsupply +1000 DEAI\nstaked +40 DEAI[\s\S]*claimed +2 DEAI of 12 DEAI settled, 10 DEAI to be claimed/,
    );
    expect(stderr).toContain('--cursor c1');
    expect(Object.fromEntries(server.seen('GET /settlement/batches').at(-1)?.query ?? [])).toMatchObject({ state: 'posted', limit: '15' });
    expect(await json('settlements')).toMatchObject({ token });
    server.on('GET /settlement/token', () => refuse(503, 'CHAIN_UNAVAILABLE'));
    expect(await json('settlements')).toMatchObject({ token: null, items: [batch] });
    expect(await json('settlements', '7')).toEqual(batch);
    expect(await failure('chain', 'status')).toMatchObject({ code: 'USAGE', message: expect.stringContaining('does not tell') });
  });
});
