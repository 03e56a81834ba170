import { join } from 'node:path';
import type { Chain, ChainClock, GenesisAccount } from '../chain.types.ts';
import { createMemoryStore } from '../memory-store.ts';
import { serveRpc } from '../rpc/http-server.ts';
import { openChain } from '../runtime/open-chain.ts';
import type { ChainStore } from '../store.types.ts';
import { type AccountCredentials, createCredentials, credentialsPath, readOrCreateCredentials } from './credentials.ts';
import { openInstrumentedFiles } from './instrumented-files.ts';
import { openFileStore } from './store/file-store.ts';

/** Settings of a local chain with its RPC. */
export interface LocalChainOptions {
  /** Folder of the chain, made if absent. Without it the chain lives in memory and ends with the process. */
  readonly dataDir?: string;
  /** Folder of NEAR credentials files. Default: `credentials` in `dataDir`; without both, no file is written. */
  readonly credentialsDir?: string;
  /** Folder in which instrumented contracts outlive the process. Default: `contracts` in `dataDir`; without both, none is kept. */
  readonly contractsDir?: string;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, any free port. */
  readonly port?: number;
  /** Default `deai-local`. */
  readonly chainId?: string;
  /** Owns the funds, may create top-level accounts. Default `deai.local`. */
  readonly rootAccountId?: string;
  /** Of the root account at genesis. Default 10^9 NEAR. */
  readonly rootBalanceYocto?: bigint;
  /** Gas that a transaction may attach in all; fixed at genesis. Default 300 TGas. */
  readonly maxTotalPrepaidGas?: number;
  /** More accounts at genesis. */
  readonly accounts?: readonly GenesisAccount[];
  /** Time of blocks. Default: the system's. */
  readonly clock?: ChainClock;
  /** Serve `sandbox_patch_state`, `sandbox_fast_forward` and `deai_advance`. Default true. */
  readonly sandbox?: boolean;
  /** How long a request waits for its transaction. Default 10,000 ms, as in nearcore. */
  readonly waitTimeoutMs?: number;
  /** Hears of a store that fails; the chain takes no transactions after it. */
  readonly onError?: (error: Error) => void;
  /** Hears of what only makes things slower, e.g. a snapshot that could not be written. */
  readonly onWarning?: (error: Error) => void;
}

/** A running local chain. */
export interface LocalChain {
  readonly chain: Chain;
  /** For `near-api-js` and all other NEAR tools, e.g. `http://127.0.0.1:3030`. */
  readonly rpcUrl: string;
  readonly root: AccountCredentials;
  /** NEAR credentials file of the root account, if one was written. */
  readonly credentialsPath: string | undefined;
  /** Stops the RPC, waits for what is under way, and lets go of the folder. */
  close(): Promise<void>;
}

/** Network id, `chain_id` in the RPC. */
export const DEFAULT_CHAIN_ID = 'deai-local';
/** The account that has all funds at first. */
export const DEFAULT_ROOT_ACCOUNT_ID = 'deai.local';

const NEAR = 10n ** 24n;
const DEFAULT_ROOT_BALANCE_YOCTO = 1_000_000_000n * NEAR;
const DEFAULT_MAX_TOTAL_PREPAID_GAS = 300_000_000_000_000;
const DEFAULT_WAIT_TIMEOUT_MS = 10_000;
const SYSTEM_CLOCK: ChainClock = { nowMs: () => Date.now() };

/**
 * Starts a development chain: continues the one in `dataDir`, or begins one whose root account has all funds.
 * @throws StoreError if the folder is in use, damaged or of another format; Error if the port is taken or the root's key is missing
 */
export async function startLocalChain(options: LocalChainOptions = {}): Promise<LocalChain> {
  const { dataDir, chainId = DEFAULT_CHAIN_ID, rootAccountId = DEFAULT_ROOT_ACCOUNT_ID } = options;
  const credentialsDir = options.credentialsDir ?? (dataDir && join(dataDir, 'credentials'));
  const contractsDir = options.contractsDir ?? (dataDir && join(dataDir, 'contracts'));
  const path = credentialsDir && credentialsPath(credentialsDir, chainId, rootAccountId);
  const store = await openStore(options);
  let close = () => store.close();
  try {
    const root = path ? await readOrCreateCredentials(path, rootAccountId) : createCredentials(rootAccountId);
    const chain = await openChain({
      store,
      clock: options.clock ?? SYSTEM_CLOCK,
      ...(options.onError ? { onError: options.onError } : {}),
      ...(contractsDir ? { instrumented: openInstrumentedFiles(contractsDir, options.onWarning) } : {}),
      genesis: {
        chainId,
        registrarId: rootAccountId,
        maxTotalPrepaidGas: options.maxTotalPrepaidGas ?? DEFAULT_MAX_TOTAL_PREPAID_GAS,
        accounts: [
          { accountId: rootAccountId, balanceYocto: options.rootBalanceYocto ?? DEFAULT_ROOT_BALANCE_YOCTO, publicKeys: [root.publicKey] },
          ...(options.accounts ?? []),
        ],
      },
    });
    close = () => chain.close();
    checkRootKey(chain, root, path);
    return await serve(options, chain, root, path);
  } catch (error) {
    await close();
    throw error;
  }
}

async function openStore({ dataDir, onWarning }: LocalChainOptions): Promise<ChainStore> {
  return dataDir ? await openFileStore({ dataDir, ...(onWarning ? { onWarning } : {}) }) : createMemoryStore();
}

/** A chain that was made with another root account, or whose credentials file is gone, would be of little use. */
function checkRootKey(chain: Chain, root: AccountCredentials, path: string | undefined): void {
  try {
    chain.viewAccessKey(root.accountId, root.publicKey);
  } catch (cause) {
    const hint = 'Start with the root account and credentials that the chain was made with, or with another data folder.';
    throw new Error(`The key in ${path ?? 'memory'} is none of the account ${root.accountId} on this chain. ${hint}`, { cause });
  }
}

async function serve(options: LocalChainOptions, chain: Chain, root: AccountCredentials, path: string | undefined): Promise<LocalChain> {
  let url = '';
  const server = await serveRpc(
    {
      chain,
      validator: root,
      registrarId: root.accountId,
      maxTotalPrepaidGas: options.maxTotalPrepaidGas ?? DEFAULT_MAX_TOTAL_PREPAID_GAS,
      waitTimeoutMs: options.waitTimeoutMs ?? DEFAULT_WAIT_TIMEOUT_MS,
      underWay: new Map(),
      startedAtMs: Date.now(),
      rpcAddress: () => new URL(url).host,
      sandbox: options.sandbox ?? true,
    },
    { port: options.port ?? 0, ...(options.host ? { host: options.host } : {}) },
  );
  url = server.url;
  return {
    chain,
    rpcUrl: url,
    root,
    credentialsPath: path || undefined,
    close: async () => {
      await server.close();
      await chain.close();
    },
  };
}
