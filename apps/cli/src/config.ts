import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** What the environment says. Flags come before it, stored profiles after. */
export interface CliConfig {
  /** `DEAI_URL` */
  url: string | undefined;
  /** `DEAI_API_KEY` */
  apiKey: string | undefined;
  /** Folder of stored credentials: `$XDG_CONFIG_HOME/deai`, else `~/.config/deai`. */
  configDir: string;
  /** `DEAI_NODE_DATA_DIR`, else `~/.deai/node`. */
  nodeDataDir: string;
  /** `NEAR_RPC_URL` */
  nearRpcUrl: string | undefined;
  /** `DEAI_CONTRACT_ACCOUNT` */
  contractId: string | undefined;
  /** Folder of a network on this machine: `DEAI_DATA_DIR`, else `./.deai`. */
  dataDir: string;
  hostname: string;
  noColor: boolean;
  forceColor: boolean;
  /** The whole environment, for services and agents that read their own variables. */
  env: Env;
}

/** Reads the environment, once. */
export function loadCliConfig(env: Env = process.env): CliConfig {
  return Object.freeze({
    url: env.DEAI_URL || undefined,
    apiKey: env.DEAI_API_KEY || undefined,
    configDir: join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'deai'),
    nodeDataDir: resolve(env.DEAI_NODE_DATA_DIR || join(homedir(), '.deai', 'node')),
    nearRpcUrl: env.NEAR_RPC_URL || undefined,
    contractId: env.DEAI_CONTRACT_ACCOUNT || undefined,
    dataDir: resolve(env.DEAI_DATA_DIR || '.deai'),
    hostname: hostname(),
    // https://no-color.org: any value but the empty one.
    noColor: Boolean(env.NO_COLOR) || env.TERM === 'dumb',
    forceColor: Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== '0',
    env,
  });
}
