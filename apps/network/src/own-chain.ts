import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalChain } from '@deai/local-chain';
import type { DeployedNetwork } from '@deai/near';
import type { Env, Logger } from '@deai/service-kit';
import type { NetworkConfig } from './config.ts';

/** A development chain in this process, with the network's contracts on it. */
export interface OwnChain {
  rpcUrl: string;
  network: DeployedNetwork;
  close(): Promise<void>;
}

const NEAR = 10n ** 24n;
/** Of 10⁹ that there are: gas of ten million batches, records of 400,000 that are not pruned yet. */
const SETTLER = { settlerNear: 10_000n * NEAR, settlerStorageNear: 1_000n * NEAR } as const;
const WASM = new URL('../../../contracts/wasm/', import.meta.url);

/** Whether this process brings a chain of its own: with the embedded database, when none is named and settlement is not switched off. */
export function wantsOwnChain({ DATABASE_URL, env, services }: Pick<NetworkConfig, 'DATABASE_URL' | 'env' | 'services'>): boolean {
  return !DATABASE_URL && !env.NEAR_RPC_URL && env.DEAI_SETTLEMENT !== 'off' && services.includes('bridge');
}

/** Starts the chain in the folder, or continues it, and sets up on it what is missing of the network. */
export async function startOwnChain(dataDir: string, logger: Logger): Promise<OwnChain> {
  const begun = performance.now();
  // Loaded only here: a network that settles elsewhere needs no virtual machine.
  const [{ startLocalChain }, { createNearChain, deployNetwork }] = await Promise.all([import('@deai/local-chain'), import('@deai/near')]);
  const local = await onUsualPort(dataDir, (port) =>
    startLocalChain({
      dataDir,
      port,
      // What would change state or time without a transaction: this chain holds the network's own books.
      sandbox: false,
      onError: (error) => logger.error({ err: error }, 'the chain takes no more transactions'),
      onWarning: (error) => logger.warn({ err: error }, 'chain'),
    }),
  );
  try {
    const network = await deployNetwork(createNearChain({ rpcUrl: local.rpcUrl }), local.root, {
      ...SETTLER,
      chainId: local.chain.chainId,
      credentialsDir: join(dataDir, 'credentials'),
      wasm: { token: new URL('deai_token.wasm', WASM), compute: new URL('deai_compute.wasm', WASM) },
      onStep: (step) => logger.debug({ step }, 'setting up the chain'),
    });
    const { rpcUrl } = local;
    logger.info({ rpcUrl, contract: network.computeId, ms: Math.round(performance.now() - begun) }, 'chain');
    return { rpcUrl, network, close: () => local.close() };
  } catch (error) {
    await local.close();
    throw error;
  }
}

/** On the port of last time, so that wallets and scripts find it again; on another when that is taken now. */
async function onUsualPort(dataDir: string, start: (port: number) => Promise<LocalChain>): Promise<LocalChain> {
  const file = join(dataDir, 'rpc-port');
  const usual = Number(await readFile(file, 'utf8').catch(() => '0'));
  const port = Number.isInteger(usual) && usual > 0 && usual < 65_536 ? usual : 0;
  const local = await start(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' || port === 0) throw error;
    return start(0);
  });
  const { port: bound } = new URL(local.rpcUrl);
  if (port === 0) await writeFile(file, bound);
  return local;
}

/**
 * What the services must know of the chain: the one of this process, or the one that the environment names in full. Otherwise settlement is
 * off, unless it is asked for: then the bridge says what is missing.
 */
export function settlementEnv(env: Env, chain: OwnChain | undefined): Env {
  if (chain) {
    const { rpcUrl, network } = chain;
    return {
      DEAI_SETTLEMENT: 'on',
      NEAR_RPC_URL: rpcUrl,
      DEAI_CHAIN_ID: network.chainId,
      DEAI_CHAIN_PUBLIC_RPC_URL: env.DEAI_CHAIN_PUBLIC_RPC_URL || rpcUrl,
      DEAI_CONTRACT_ACCOUNT: network.computeId,
      DEAI_TOKEN_ACCOUNT: network.tokenId,
      DEAI_SPONSOR_ACCOUNT: network.sponsorId,
      DEAI_SETTLER_CREDENTIALS: network.settlerPath,
      // NEAR costs nothing there.
      DEAI_CLAIM_LEAST_YOCTO: env.DEAI_CLAIM_LEAST_YOCTO || '1',
    };
  }
  const named = Boolean(env.NEAR_RPC_URL && env.DEAI_CONTRACT_ACCOUNT && env.DEAI_SETTLER_CREDENTIALS);
  return { DEAI_SETTLEMENT: env.DEAI_SETTLEMENT || (named ? 'on' : 'off') };
}
