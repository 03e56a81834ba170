import { join } from 'node:path';
import { createNearChain, deployNetwork, readCredentials } from '@deai/near';
import { freePort, spawnProcess, tempDir, waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { registerAccount, registerNode } from './src/accounts.ts';
import { startHonestNode } from './src/honest-node.ts';
import { languageTask } from './src/load.ts';
import { CLI, startNetwork } from './src/network-process.ts';

const WASM = new URL('../../contracts/wasm/', import.meta.url);
const TASKS = 40;

/** A chain in a process of its own, as `deai chain start` runs it. */
async function startChain(dataDir: string, port: number) {
  const child = await spawnProcess(process.execPath, [CLI, 'chain', 'start', '--data', dataDir, '--port', String(port), '--json'], {});
  await child.waitForOutput(/"rpcUrl"/, { timeoutMs: 60_000 });
  return child;
}

test('tasks go on while the chain is killed, also in the middle of settling, and all of them are settled once it is back', async () => {
  const [chainDir, port] = [await tempDir('deai-e2e-chain-'), await freePort()];
  let chainProcess = await startChain(chainDir, port);
  const rpcUrl = `http://127.0.0.1:${port}`;
  const chain = createNearChain({ rpcUrl });
  const root = await readCredentials(join(chainDir, 'credentials', 'deai-local', 'deai.local.json'));
  const deployed = await deployNetwork(chain, root, {
    chainId: 'deai-local',
    credentialsDir: await tempDir('deai-e2e-keys-'),
    wasm: { token: new URL('deai_token.wasm', WASM), compute: new URL('deai_compute.wasm', WASM) },
  });
  const network = await startNetwork({
    env: {
      DEAI_SETTLEMENT: 'on',
      DEAI_SETTLE_EVERY_MS: '100',
      DEAI_CHAIN_TIMEOUT_MS: '2000',
      NEAR_RPC_URL: rpcUrl,
      DEAI_CONTRACT_ACCOUNT: deployed.computeId,
      DEAI_TOKEN_ACCOUNT: deployed.tokenId,
      DEAI_SPONSOR_ACCOUNT: deployed.sponsorId,
      DEAI_SETTLER_CREDENTIALS: deployed.settlerPath,
    },
  });
  const [requester, operator] = await Promise.all([registerAccount(network.url, 'requester'), registerAccount(network.url, 'operator')]);
  const node = await startHonestNode(await registerNode(network.url, operator.apiKey));
  const { client } = requester;
  const work = async (count: number) => {
    const submitted = await client.tasks.submitMany(Array.from({ length: count }, () => languageTask()));
    return await Promise.all(submitted.map(({ id }) => client.tasks.wait(id)));
  };
  let done = 0;
  for (let round = 0; round < 3; round++) {
    const { lastNumber } = (await client.settlement.status()).batches;
    const settled = work(TASKS);
    // With nothing built yet, and while batches are on their way.
    if (round > 0) await waitFor(async () => (await client.settlement.status()).batches.lastNumber > lastNumber, { what: 'a batch' });
    chainProcess.kill('SIGKILL');
    await chainProcess.exited;
    // Nothing of this needs the chain.
    const tasks = [...(await settled), ...(await work(TASKS))];
    expect(tasks.filter(({ status }) => status !== 'completed')).toEqual([]);
    done += tasks.length;
    await waitFor(async () => (await client.settlement.status()).problem?.includes('the chain'), {
      what: 'the word that the chain is away',
    });
    chainProcess = await startChain(chainDir, port);
    const status = await waitFor(
      async () => {
        const now = await client.settlement.status();
        return now.receipts === done && now.batches.waiting + now.batches.posted === 0 ? now : undefined;
      },
      { timeoutMs: 60_000, intervalMs: 200, what: 'the settlement of what completed meanwhile' },
    );
    expect(status).toMatchObject({ problem: null, batches: { rejected: 0 } });
  }
  const { earnedYocto, feesYocto } = await client.network.ledger();
  const { finalRewardYocto, finalFeeYocto } = await client.settlement.status();
  expect({ finalRewardYocto, finalFeeYocto }).toEqual({ finalRewardYocto: earnedYocto, finalFeeYocto: feesYocto });
  await node.stop();
  await network.stop();
  await chainProcess.stop();
}, 240_000);
