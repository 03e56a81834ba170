import { ftBalanceOf, NearError } from '@deai/near';
import { type Claim, implicitAccount, newId, type Principal } from '@deai/protocol';
import { beforeAll, expect, test, vi } from 'vitest';
import { askClaim } from './flows/ask-claim.flow.ts';
import type { Bridge } from './flows/bridge.ts';
import { createQueryFlow } from './flows/query.flow.ts';
import { createSettlement } from './flows/settle.ts';
import { createSettlementReads } from './store/pg-settlement-reads.ts';
import { depositToken, stakeNode, unstakeNode } from './testing/calls.ts';
import { killAt } from './testing/kill-switch.ts';
import { createWorld, type World } from './testing/world.ts';

const REWARD = 10n ** 24n;

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

const principal = (userId: string = newId()): Principal => ({
  userId,
  roles: ['operator'],
  scopes: ['account:read', 'account:write', 'nodes:read'],
  via: 'session',
  credentialId: 'x',
});
function queriesOf(bridge: Bridge) {
  const { deployed } = world;
  const chain = {
    rpcUrl: world.chain.rpcUrl,
    publicRpcUrl: undefined,
    chainId: 'deai-local',
    contractId: deployed.computeId,
    tokenId: deployed.tokenId,
    sponsorId: deployed.sponsorId,
    credentialsFile: '',
    timeoutMs: 5_000,
  };
  return createQueryFlow({ bridge, reads: createSettlementReads(world.db), chain, problem: () => undefined });
}
const ask = (bridge: Bridge, by: Principal, accountId?: string, idempotencyKey?: string): Promise<Claim> =>
  askClaim(bridge, {
    principal: by,
    request: accountId === undefined ? {} : { accountId },
    idempotencyKey,
    account: queriesOf(bridge).account,
  });
async function claimed(bridge: Bridge, by: Principal, id: string) {
  await createSettlement(bridge).settle();
  return await bridge.claims.get(by.userId, id);
}
/** An operator with a linked account that earned this much, final on chain. */
async function earner(name: string, rewardYocto = REWARD) {
  const bridge = await world.newBridge();
  const by = principal();
  const { accountId } = await depositToken(world, name, 1n);
  await bridge.links.link(by.userId, accountId);
  world.network.complete(1, { operatorId: by.userId, rewardYocto });
  await world.settleAll(createSettlement(bridge));
  return { bridge, by, accountId };
}
const tokens = (accountId: string) => ftBalanceOf(world.chain, world.deployed.tokenId, accountId);

test('claims what the linked account earned, pays that account, and tells the transaction', async () => {
  const { bridge, by, accountId } = await earner('ann');
  const queries = queriesOf(bridge);
  expect(await queries.account(accountId)).toMatchObject({ claimedYocto: '0', claimableYocto: `${REWARD}` });
  const claim = await ask(bridge, by);
  expect(claim).toMatchObject({ accountId, state: 'waiting', expectedYocto: `${REWARD}`, transaction: null });
  expect(await claimed(bridge, by, claim.id)).toMatchObject({ state: 'paid', paidYocto: REWARD, hash: expect.stringMatching(/^\w{40,}$/) });
  expect(await tokens(accountId)).toBe(REWARD);
  await world.pass(1_000);
  expect(await queries.account(accountId)).toMatchObject({ claimedYocto: `${REWARD}`, claimableYocto: '0' });
  const { items } = await queries.history(accountId, {});
  expect(items).toMatchObject([
    { event: 'claim', paidYocto: `${REWARD}`, transaction: (await bridge.claims.get(by.userId, claim.id))?.hash },
  ]);
  expect((await bridge.claims.page(by.userId, {})).items).toHaveLength(1);
  expect(await bridge.claims.get(newId(), claim.id)).toBeUndefined();
});

test('answers the same claim to the same key, and while one is open; waits between two', async () => {
  const { bridge, by } = await earner('bob');
  const first = await ask(bridge, by, undefined, 'key');
  expect((await ask(bridge, by)).id).toBe(first.id);
  expect((await Promise.all([ask(bridge, by), ask(bridge, by, undefined, 'other')])).map(({ id }) => id)).toEqual([first.id, first.id]);
  await claimed(bridge, by, first.id);
  expect(await ask(bridge, by, undefined, 'key')).toMatchObject({ id: first.id, state: 'paid' });
  await expect(ask(bridge, by, undefined, 'new')).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    details: { retryAfterS: expect.any(Number) },
  });
  await world.pass(bridge.config.claimEveryMs);
  await expect(ask(bridge, by, undefined, 'new')).rejects.toMatchObject({ code: 'NOTHING_TO_CLAIM', details: { claimableYocto: '0' } });
});

test('an account that changed hands is paid by the claim that is open; who has it now is told when to ask again, and then can', async () => {
  const { bridge, by: before, accountId } = await earner('gus');
  const open = await ask(bridge, before);
  const { accountId: other } = await depositToken(world, 'gustav', 1n);
  await bridge.links.link(before.userId, other);
  const now = principal();
  await bridge.links.link(now.userId, accountId);
  const after = (ms: number): Bridge => ({ ...bridge, now: () => Date.parse(open.requestedAt) + ms });
  const told = (retryAfterS: number) => ({ code: 'CLAIM_OPEN', status: 409, details: { accountId, retryAfterS } });
  await expect(ask(after(10_000), now, undefined, 'key')).rejects.toMatchObject(told(50));
  await expect(ask(after(90_000), now)).rejects.toMatchObject(told(5));
  // As when both asked at the same moment: the other one's is there when this one is to be stored.
  const late = { ...after(10_000), claims: { ...bridge.claims, latest: vi.fn(bridge.claims.latest).mockResolvedValueOnce(undefined) } };
  await expect(ask(late, now)).rejects.toMatchObject(told(50));
  expect((await bridge.claims.page(now.userId, {})).items).toEqual([]);
  expect(await claimed(bridge, before, open.id)).toMatchObject({ state: 'paid', accountId, paidYocto: REWARD });
  expect([await tokens(accountId), await tokens(other)]).toEqual([REWARD, 0n]);
  await world.pass(bridge.config.claimEveryMs);
  await expect(ask(bridge, now)).rejects.toMatchObject({ code: 'NOTHING_TO_CLAIM' });
  world.network.complete(1, { operatorId: now.userId, rewardYocto: REWARD });
  await world.settleAll(createSettlement(bridge));
  const own = await ask(bridge, now, undefined, 'key');
  expect(await claimed(bridge, now, own.id)).toMatchObject({ state: 'paid', paidYocto: REWARD });
});

test('answers the claim of the same key when two requests with it, for two accounts, cross', async () => {
  const { bridge, by, accountId } = await earner('hal');
  const first = await ask(bridge, by, accountId, 'key');
  await claimed(bridge, by, first.id);
  const other = implicitAccount(world.network.nodeKey);
  world.network.nodesOf.set(by.userId, [world.network.nodeKey]);
  const byKey = vi.fn(bridge.claims.byKey).mockResolvedValueOnce(undefined);
  const crossed = { ...bridge, claims: { ...bridge.claims, byKey } };
  const question = { principal: by, request: { accountId: other }, idempotencyKey: 'key' };
  const rich = async () => ({ ...(await queriesOf(bridge).account(other)), claimableYocto: `${REWARD}` });
  await world.pass(bridge.config.claimEveryMs);
  expect((await askClaim(crossed, { ...question, account: rich })).id).toBe(first.id);
});

test('claims for the account of an own node, registers it with the contracts, and claims for nobody else', async () => {
  const bridge = await world.newBridge();
  const by = principal();
  world.network.complete(1, { operatorId: by.userId, rewardYocto: REWARD });
  await world.settleAll(createSettlement(bridge));
  const accountId = implicitAccount(world.network.nodeKey);
  await expect(ask(bridge, by)).rejects.toMatchObject({ code: 'NO_NEAR_ACCOUNT' });
  await expect(ask(bridge, by, accountId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  world.network.nodesOf.set(by.userId, [world.network.nodeKey]);
  const claim = await ask(bridge, by, accountId);
  expect(await claimed(bridge, by, claim.id)).toMatchObject({ state: 'paid' });
  expect(await tokens(accountId)).toBe(BigInt(claim.expectedYocto));
});

test('claims nothing below the least amount, and says so while the chain is away', async () => {
  const { bridge, by } = await earner('cid', 5n);
  const dear = { ...bridge, config: { ...bridge.config, claimLeastYocto: 6n } };
  await expect(ask(dear, by)).rejects.toMatchObject({ code: 'NOTHING_TO_CLAIM', details: { claimableYocto: '5', leastYocto: '6' } });
  const gone = { ...bridge, contract: { ...bridge.contract, claimedOf: () => Promise.reject(new NearError('unreachable', 'away')) } };
  await expect(ask(gone, by)).rejects.toMatchObject({ code: 'CHAIN_UNAVAILABLE' });
});

test('gives a claim up that cannot be made, tries one again that cannot be made yet, and does not hold the others up', async () => {
  const { bridge, by } = await earner('eli');
  const nobody = principal();
  const hopeless = await bridge.claims.add({
    userId: nobody.userId,
    accountId: 'nobody.deai.local',
    idempotencyKey: undefined,
    expectedYocto: 1n,
  });
  const { id } = await ask(bridge, by);
  // The settler's account is gone, as far as this instance sees, and no account is registered.
  const view = async () => null;
  const broken = { ...bridge, settler: { ...bridge.settler, accountId: 'gone.deai.local' }, chain: { ...bridge.chain, view } } as Bridge;
  await createSettlement(broken).settle();
  expect(await bridge.claims.get(nobody.userId, hopeless?.id ?? '')).toMatchObject({ state: 'failed' });
  expect(await bridge.claims.get(by.userId, id)).toMatchObject({
    state: 'waiting',
    attempts: 1,
    problem: expect.stringContaining('cannot sign'),
  });
  await world.pass(10_000);
  expect(await claimed(bridge, by, id)).toMatchObject({ state: 'paid' });
});

test('counts what was paid when the answer was lost, and the chain refuses the transaction because it has run', async () => {
  const { bridge, by } = await earner('fay');
  const { id } = await ask(bridge, by);
  const { chain } = bridge;
  const send: typeof chain.send = async (transaction) => {
    await chain.send(transaction);
    throw new NearError('unreachable', 'the answer was lost');
  };
  await createSettlement({ ...bridge, chain: { ...chain, send } }).settle();
  expect(await bridge.claims.get(by.userId, id)).toMatchObject({ state: 'signed' });
  let looks = 0;
  const late: typeof chain = {
    ...chain,
    // The first look comes before the node that answers knows of it.
    status: async (...of) => (looks++ === 0 ? { state: 'unknown' } : await chain.status(...of)),
    send: () => Promise.reject(new NearError('rejected', 'InvalidNonce')),
  };
  await createSettlement({ ...bridge, chain: late }).settle();
  expect(await bridge.claims.get(by.userId, id)).toMatchObject({ state: 'paid', paidYocto: REWARD, attempts: 1 });
});

test('pays once, wherever its process is killed', async () => {
  for (let at = 1; ; at++) {
    const { bridge, by, accountId } = await earner(`k${at}`);
    const { id } = await ask(bridge, by);
    const killed = killAt(bridge, at);
    const doomed = createSettlement(killed.bridge);
    await doomed.settle();
    if (killed.killedAt === undefined) break;
    for (let round = 0; round < 5 && (await claimed(bridge, by, id))?.state !== 'paid'; round++) await world.pass(3_000);
    expect([killed.killedAt, (await bridge.claims.get(by.userId, id))?.paidYocto]).toEqual([killed.killedAt, REWARD]);
    expect(await tokens(accountId)).toBe(REWARD);
  }
}, 240_000);

test('tells what is at stake and being asked back, and how it came to that', async () => {
  const bridge = await world.newBridge();
  const settlement = createSettlement(bridge);
  const account = await depositToken(world, 'dee', 1n);
  const { nodeKey } = world.network;
  const stake = 500n * 10n ** 24n;
  await stakeNode(world, account, nodeKey, stake);
  await settlement.follow();
  await unstakeNode(world, account, nodeKey, 100n * 10n ** 24n);
  await settlement.follow();
  const queries = queriesOf(bridge);
  const [left, asked] = [`${400n * 10n ** 24n}`, `${100n * 10n ** 24n}`];
  expect((await queries.account(account.accountId)).stakes).toEqual([{ nodeKey, stakeYocto: left, unstakingYocto: asked }]);
  const { items, nextCursor } = await queries.history(account.accountId, { limit: 1 });
  expect(items).toMatchObject([{ event: 'stake', nodeKey, stakeYocto: left, unstakingYocto: asked, paidYocto: null }]);
  const rest = await queries.history(account.accountId, { cursor: nextCursor as string });
  expect(rest).toMatchObject({ items: [{ stakeYocto: `${stake}`, unstakingYocto: '0' }], nextCursor: null });
  await expect(queries.history(account.accountId, { cursor: 'x' })).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
});
