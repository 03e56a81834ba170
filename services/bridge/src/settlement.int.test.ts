import { ChainBatch, claimedOf, ftBalanceOf, getNodes, NearError, U128 } from '@deai/near';
import { newId, receiptOfJson } from '@deai/protocol';
import Type, { type TSchema } from 'typebox';
import { beforeAll, describe, expect, it } from 'vitest';
import { createQueryFlow, type QueryFlow } from './flows/query.flow.ts';
import { createSettlement, type Settlement } from './flows/settle.ts';
import { createTokenView } from './flows/token.flow.ts';
import { createSettlementReads, type SettlementReads } from './store/pg-settlement-reads.ts';
import { claimRewards, depositToken, requestWithdraw, retractBatch, slashNode, stakeNode, withdraw } from './testing/calls.ts';
import { killAt } from './testing/kill-switch.ts';
import { CHALLENGE_MS, createWorld, type World } from './testing/world.ts';

/** Of a bridge that is to be killed: it builds, posts and makes final. */
const ROUNDS = 3;

let world: World;
let reads: SettlementReads;

beforeAll(async () => {
  world = await createWorld();
  reads = createSettlementReads(world.db);
});

async function open(): Promise<{ settlement: Settlement; queries: QueryFlow }> {
  const bridge = await world.newBridge();
  const settlement = createSettlement(bridge);
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
  return { settlement, queries: createQueryFlow({ bridge, reads, chain, problem: () => settlement.problem }) };
}
const view = <S extends TSchema>(method: string, args: object, schema: S) =>
  world.chain.view({ contract: world.deployed.computeId, method, args, schema });

/** Everything that ever completed is in exactly one final batch, and the chain's totals are those of the network. */
async function expectAllSettled(): Promise<void> {
  const all = [...world.network.receipts.values()].map(({ receipt }) => receiptOfJson(receipt));
  const sums = await reads.sums();
  expect(sums.receipts).toBe(all.length);
  expect(sums.rewardYocto).toBe(all.reduce((sum, { rewardYocto }) => sum + rewardYocto, 0n).toString());
  expect(sums.finalFeeYocto).toBe(all.reduce((sum, { feeYocto }) => sum + feeYocto, 0n).toString());
  const { rows } = await world.db.query<{ tasks: number }>('select count(distinct task_id) as tasks from bridge.receipt');
  expect(rows[0]?.tasks).toBe(all.length);
  const last = await view('get_batch', { number: sums.batches.lastFinal }, ChainBatch);
  expect(last.status).toBe('final');
  const total = all.reduce((sum, { rewardYocto, feeYocto }) => sum + rewardYocto + feeYocto, 0n).toString();
  expect(last.rewards.sums).toEqual([total]);
  expect(last.charges.sums).toEqual([total]);
}

const sumOf = (amounts: string[]) => amounts.reduce((sum, amount) => sum + BigInt(amount), 0n).toString();

describe('settlement on a chain', () => {
  it('posts what completed, makes it final after the window, and lets the completion log forget it', async () => {
    const { settlement, queries } = await open();
    world.network.complete(7);
    world.network.complete(3, { rewardYocto: 10n ** 24n, feeYocto: 5n * 10n ** 22n });
    await settlement.follow();
    await settlement.settle();
    expect(settlement.problem).toBeUndefined();
    const [batch] = (await queries.batches({})).items;
    expect(batch).toMatchObject({ number: 1, state: 'posted', receipts: 10 });
    await settlement.settle();
    expect((await queries.batch(1)).state).toBe('posted');
    const [taskId = ''] = world.network.receipts.keys();
    expect(await queries.ofTasks([taskId, newId()])).toEqual({ [taskId]: 'batched' });
    await world.pass(CHALLENGE_MS + 500);
    await settlement.settle();
    await settlement.settle();
    expect((await queries.batch(1)).state).toBe('final');
    // Built, posted, final.
    expect(world.announced).toEqual([1, 1, 1]);
    expect(await queries.ofTasks([taskId])).toEqual({ [taskId]: 'settled' });
    expect(world.network.settledThrough).toBe('1001');
    await expectAllSettled();
    expect(await queries.status()).toMatchObject({ problem: null, lagS: 0, receipts: 10 });
  });

  it('gives each task a receipt whose place in the batch the contract confirms', async () => {
    const { queries } = await open();
    for (const taskId of world.network.receipts.keys()) {
      const settled = await queries.receipt(taskId);
      if (!settled) throw new Error('it is settled');
      const { receipt, batch } = settled;
      const leaf = {
        task_id: receipt.taskId,
        lease_id: receipt.leaseId,
        payer: receipt.payer,
        payee: receipt.payee,
        node_key: receipt.nodeKey,
        kind: receipt.kind,
        model: receipt.model,
        input_hash: receipt.inputHash,
        output_hash: receipt.outputHash,
        units: receipt.units,
        reward: receipt.rewardYocto,
        fee: receipt.feeYocto,
        started_at_ms: receipt.startedAtMs,
        run_ms: receipt.runMs,
        path: receipt.path.map((step) => ({ side: step.startsWith('L') ? 'left' : 'right', hash: step.slice(1) })),
        signature: receipt.signature,
      };
      const verdict = await view('verify_task', { number: batch.id, receipt: leaf, proof: batch.proof }, Type.Unknown());
      expect(verdict).toMatchObject({ valid: true, included: true, signed: true, batch_status: 'final' });
    }
    expect(await queries.receipt(newId())).toBeNull();
  });

  it('proves to the contract what an account earned, which pays it once', async () => {
    const { queries } = await open();
    const payee = [...world.network.receipts.values()][0]?.receipt.payee as string;
    const { finalEarnedYocto, proofs } = await queries.account(payee);
    if (!proofs?.reward) throw new Error('it earned');
    await claimRewards(world, payee, proofs.reward);
    const balance = () =>
      world.chain.view({ contract: world.deployed.tokenId, method: 'ft_balance_of', args: { account_id: payee }, schema: U128 });
    expect(await balance()).toBe(finalEarnedYocto);
    await expect(claimRewards(world, payee, proofs.reward)).rejects.toThrow('ERR_NOTHING');
    expect(await balance()).toBe(finalEarnedYocto);
  });

  it('takes what a rejected batch held into the next one', async () => {
    const { settlement, queries } = await open();
    world.network.complete(5);
    await settlement.settle();
    world.network.complete(4);
    await settlement.settle();
    const { batches } = await queries.status();
    expect(batches.posted).toBe(2);
    await retractBatch(world, batches.lastNumber - 1);
    await settlement.settle();
    expect((await queries.status()).batches.rejected).toBe(2);
    await world.settleAll(settlement);
    await expectAllSettled();
  });

  it('charges a linked requester its own deposit, passes the deposit on, and pays it back on request', async () => {
    const { settlement, queries } = await open();
    const requesterId = newId();
    const account = await depositToken(world, 'ann', 10n ** 24n);
    await (await world.newBridge()).links.link(requesterId, account.accountId);
    await settlement.follow();
    expect(world.network.deposits.get(account.accountId)).toEqual({
      userId: requesterId,
      accountId: account.accountId,
      netYocto: (10n ** 24n).toString(),
    });
    world.network.complete(2, { requesterId, rewardYocto: 3n * 10n ** 23n, feeYocto: 10n ** 22n });
    await world.settleAll(settlement);
    const charged = 62n * 10n ** 22n;
    expect((await queries.account(account.accountId)).chargedYocto).toBe(charged.toString());
    // Beyond the deposit the sponsor pays.
    world.network.complete(1, { requesterId, rewardYocto: 10n ** 24n });
    await world.settleAll(settlement);
    expect((await queries.account(account.accountId)).chargedYocto).toBe(charged.toString());

    await requestWithdraw(world, account);
    await settlement.follow();
    expect(world.network.deposits.get(account.accountId)?.netYocto).toBe('0');
    const { notice_ms } = (await world.newBridge()).contractConfig;
    await world.pass(notice_ms + 1_000);
    // Nothing completed: an empty batch is built for the withdrawal.
    await settlement.settle();
    await world.settleAll(settlement);
    const { proofs } = await queries.account(account.accountId);
    expect(await withdraw(world, account, proofs?.charge)).toBe((10n ** 24n - charged).toString());
    await expectAllSettled();
  });

  it('tells the node manager of stakes by accounts that their operators control, and of no others', async () => {
    const { settlement } = await open();
    const [own, other] = [await depositToken(world, 'bob', 1n), await depositToken(world, 'eve', 1n)];
    const operatorId = newId();
    await (await world.newBridge()).links.link(operatorId, own.accountId);
    const { nodeKey } = world.network;
    const stake = 500n * 10n ** 24n;
    await stakeNode(world, other, nodeKey, stake);
    await settlement.follow();
    const told = (accountId: string) => world.network.stakes.get(`${nodeKey} ${accountId}`);
    expect(told(other.accountId)).toMatchObject({ operatorId: null, stakeYocto: '0' });
    await stakeNode(world, own, nodeKey, stake);
    await settlement.follow();
    expect(told(own.accountId)).toMatchObject({ operatorId, stakeYocto: stake.toString() });

    // Of a slash, too: the arbiter's verdict, after the time to appeal.
    await slashNode(world, own, nodeKey, 450n * 10n ** 24n);
    await settlement.follow();
    expect(told(own.accountId)).toMatchObject({ operatorId, stakeYocto: (50n * 10n ** 24n).toString() });

    // It goes with the link.
    const links = (await world.newBridge()).links;
    await links.link(operatorId, (await depositToken(world, 'fay', 1n)).accountId);
    await settlement.follow();
    expect(told(own.accountId)).toMatchObject({ operatorId: null, stakeYocto: '0' });
  });

  it('tells where all tokens are, and it adds up with what every account has', async () => {
    const { settlement, queries } = await open();
    await world.settleAll(settlement);
    const { deployed, root } = world;
    const token = await queries.token();
    expect(token).toMatchObject({ symbol: 'DEAI', decimals: 24, supplyYocto: `${10n ** 33n}`, tokenId: deployed.tokenId });
    expect(sumOf([token.contractYocto, token.treasuryYocto, token.elsewhereYocto])).toBe(token.supplyYocto);
    expect(sumOf(Object.values(token.parts))).toBe(token.heldYocto);
    expect(token.heldYocto).toBe(token.contractYocto);

    // Asked one by one, of everybody who has any.
    const payees = [...new Set([...world.network.receipts.values()].map(({ receipt }) => receipt.payee))];
    const people = ['ann', 'bob', 'eve', 'fay'].map((name) => `${name}.${root.accountId}`);
    const all = [root.accountId, deployed.settler.accountId, deployed.sponsorId, ...people, ...payees];
    const tokensOf = async (accountId: string) => `${await ftBalanceOf(world.chain, deployed.tokenId, accountId)}`;
    expect(token.elsewhereYocto).toBe(sumOf(await Promise.all(all.map(tokensOf))));
    const nodes = await getNodes(world.chain, deployed.computeId, 0);
    expect(token.parts.stakesYocto).toBe(sumOf(nodes.flatMap(({ stake, unstaking }) => [stake, unstaking])));
    expect(token.parts.bondYocto).toBe(`${1_000n * 10n ** 24n}`);
    const { finalRewardYocto, finalFeeYocto } = await queries.status();
    expect(token.settledYocto).toBe(sumOf([finalRewardYocto, finalFeeYocto]));
    const claims = payees.map(async (payee) => `${await claimedOf(world.chain, deployed.computeId, payee)}`);
    expect(token.claimedYocto).toBe(sumOf(await Promise.all(claims)));
    expect(BigInt(token.claimedYocto)).toBeGreaterThan(0n);
    expect(token.parts.unclaimedYocto).toBe(`${BigInt(token.settledYocto) - BigInt(token.claimedYocto)}`);
  });

  it('asks the chain once in a while for the token, however many ask, and says so when it is away', async () => {
    const bridge = await world.newBridge();
    let [asked, nowMs, away] = [0, 0, false];
    const finalBlock = () => {
      asked++;
      return away ? gone() : world.chain.finalBlock();
    };
    const tokenOf = createTokenView(
      { ...bridge, chain: { ...bridge.chain, finalBlock }, now: () => nowMs },
      { tokenId: world.deployed.tokenId, contractId: world.deployed.computeId },
    );
    await Promise.all(Array.from({ length: 50 }, tokenOf));
    nowMs = 2_999;
    await tokenOf();
    expect(asked).toBe(1);
    away = true;
    nowMs = 3_000;
    const answers = await Promise.allSettled([tokenOf(), tokenOf()]);
    expect(answers).toMatchObject([{ reason: { code: 'CHAIN_UNAVAILABLE' } }, { reason: { code: 'CHAIN_UNAVAILABLE' } }]);
    expect(asked).toBe(2);
    away = false;
    nowMs = 6_000;
    expect((await tokenOf()).symbol).toBe('DEAI');
  });

  it('tells the token as of one block, also while others come in between', async () => {
    const bridge = await world.newBridge();
    let asked = 0;
    const finalBlock = async () => {
      const block = await world.chain.finalBlock();
      if (++asked < 4) await depositToken(world, `between-${asked}`, 1n);
      return block;
    };
    const { tokenId, computeId: contractId } = world.deployed;
    const token = await createTokenView({ ...bridge, chain: { ...bridge.chain, finalBlock } }, { tokenId, contractId })();
    expect(asked).toBe(4);
    expect(token.heldYocto).toBe(token.contractYocto);
    expect(sumOf([token.contractYocto, token.treasuryYocto, token.elsewhereYocto])).toBe(token.supplyYocto);
  });

  it('takes the deposit of an account back from the user who links another one, and from nobody whose link is refused', async () => {
    const { settlement } = await open();
    const { links, followed } = await world.newBridge();
    const [first, second] = [await depositToken(world, 'gil', 5n), await depositToken(world, 'hal', 7n)];
    const [user, other] = [newId(), newId()];
    await links.link(user, first.accountId);
    await links.link(other, second.accountId);
    await settlement.follow();
    const net = (accountId: string) => world.network.deposits.get(accountId);
    expect(net(first.accountId)).toMatchObject({ userId: user, netYocto: '5' });
    expect(await links.link(user, second.accountId)).toBeUndefined();
    await settlement.follow();
    expect(net(first.accountId)).toMatchObject({ userId: user, netYocto: '5' });

    const third = await depositToken(world, 'ida', 9n);
    await links.link(user, third.accountId);
    await settlement.follow();
    expect(net(first.accountId)).toMatchObject({ userId: user, netYocto: '0' });
    expect(net(third.accountId)).toMatchObject({ userId: user, netYocto: '9' });
    expect(await links.unlinked()).toEqual([]);

    // A link that comes while something older is being told is told, too.
    const read = (await followed.untold(500)).accounts;
    expect(read).toEqual([]);
    await depositToken(world, 'jon', 3n);
    const bridge = await world.newBridge();
    const late = newId();
    const slow = {
      ...bridge.followed,
      untold: async (limit: number) => {
        const untold = await bridge.followed.untold(limit);
        await links.link(late, 'jon.deai.local');
        return untold;
      },
    };
    await createSettlement({ ...bridge, followed: slow, links: { ...links, ofAccounts: async () => new Map() } }).follow();
    await settlement.follow();
    expect(net('jon.deai.local')).toMatchObject({ userId: late, netYocto: '3' });
  });

  it('builds empty batches for those who want to leave, also beside a request that nobody ever takes up', async () => {
    const { settlement, queries } = await open();
    const { notice_ms, exit_ms } = (await world.newBridge()).contractConfig;
    const built = async () => {
      await settlement.follow();
      await world.settleAll(settlement);
      return (await queries.status()).batches.lastNumber;
    };
    const before = await built();
    for (const [i, name] of ['kim', 'lea'].entries()) {
      await requestWithdraw(world, await depositToken(world, name, 4n));
      await settlement.follow();
      await world.pass(notice_ms + 1_000);
      expect(await built()).toBe(before + i + 1);
    }
    await world.pass(exit_ms / 3 + 1_000);
    expect(await built()).toBe(before + 3);
  });

  it('stops after two rejections in a row, and goes on when it is started again', async () => {
    const { settlement, queries } = await open();
    for (let round = 1; round <= 2; round++) {
      world.network.complete(1);
      await settlement.settle();
      await retractBatch(world, (await queries.status()).batches.lastNumber);
      await settlement.settle();
    }
    world.network.complete(1);
    await settlement.settle();
    expect(settlement.problem).toContain('rejected several batches');
    const again = await open();
    await world.settleAll(again.settlement);
    await expectAllSettled();
  });

  it('goes on by itself after the chain was away', async () => {
    const bridge = await world.newBridge();
    const away = { ...bridge, chain: { ...bridge.chain, status: gone, send: gone, accessKey: gone, finalBlock: gone } };
    const settlement = createSettlement(away as typeof bridge);
    world.network.complete(3);
    await settlement.settle();
    expect(settlement.problem).toBe('the chain: it is away');
    world.network.complete(3);
    const again = createSettlement(bridge);
    await world.settleAll(again);
    await expectAllSettled();
  });

  it('does everything once, wherever its process is killed', async () => {
    const places = new Set<string>();
    for (let at = 1; ; at++) {
      world.network.complete(2);
      const killed = killAt(await world.newBridge(), at);
      const doomed = createSettlement(killed.bridge);
      for (let round = 0; round < ROUNDS && killed.killedAt === undefined; round++) {
        await doomed.follow();
        await doomed.settle();
        await world.pass(CHALLENGE_MS + 500);
      }
      if (killed.killedAt === undefined) break;
      places.add(killed.killedAt);
      await world.settleAll((await open()).settlement);
    }
    await expectAllSettled();
    // Every port, and each step of a transaction's life.
    for (const step of [
      'settlements.keep',
      'settlements.sign',
      'chain.send',
      'settlements.finish',
      'settlements.addIntent',
      'objects.put',
    ]) {
      expect(places).toContain(`before ${step}`);
      expect(places).toContain(`after ${step}`);
    }
  }, 240_000);
});

async function gone(): Promise<never> {
  throw new NearError('unreachable', 'it is away');
}
