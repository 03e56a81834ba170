import { setTimeout as delay } from 'node:timers/promises';
import { type AccountCredentials, createCredentials, startLocalChain } from '@deai/local-chain';
import { callContract, createNearChain, type NearChain, type NearCredentials, readCredentials } from '@deai/near';
import { cleanUpAtEnd } from '@deai/testkit';

/** A chain to test on, and an account with the means to set a network up below it. */
export interface TestChain {
  chain: NearChain;
  chainId: string;
  root: NearCredentials;
  /** Makes the chain's clock go on. */
  pass(ms: number): Promise<void>;
}

const NEAR = 10n ** 24n;
/** A network of its own for each run. */
const NETWORK_NEAR = 160n * NEAR;

/**
 * The local chain; or, with `NEAR_RPC_URL` and `NEAR_CREDENTIALS` (a file), the NEAR chain there: the account must have 160 NEAR for a run, and
 * time passes only by waiting.
 */
export async function openTestChain(): Promise<TestChain> {
  const { NEAR_RPC_URL: rpcUrl, NEAR_CREDENTIALS: file } = process.env;
  if (rpcUrl && file) return await openRemote(rpcUrl, await readCredentials(file));
  const local = await startLocalChain();
  cleanUpAtEnd(() => local.close());
  return {
    chain: createNearChain({ rpcUrl: local.rpcUrl }),
    chainId: local.chain.chainId,
    root: local.root,
    pass: async (ms) => void (await local.chain.advance(ms)),
  };
}

async function openRemote(rpcUrl: string, payer: NearCredentials): Promise<TestChain> {
  const chain = createNearChain({ rpcUrl, timeoutMs: 30_000 });
  const root: AccountCredentials = createCredentials(`t${Date.now().toString(36)}.${payer.accountId}`);
  await callContract(chain, payer, {
    receiverId: root.accountId,
    actions: [
      { type: 'createAccount' },
      { type: 'transfer', yoctoNear: NETWORK_NEAR },
      { type: 'addFullAccessKey', publicKey: root.publicKey },
    ],
  });
  return { chain, chainId: 'test', root, pass: async (ms) => void (await delay(ms)) };
}
