import { DeaiError } from '@deai/protocol';
import { type Env, parseEnv } from '@deai/service-kit';
import Type, { type Static } from 'typebox';

const Account = (description: string) =>
  Type.Optional(Type.String({ minLength: 2, maxLength: 64, pattern: '^[a-z0-9]+([-_.][a-z0-9]+)*$', description }));
const whole = (minimum: number, maximum: number, standard: number, description: string) =>
  Type.Integer({ minimum, maximum, default: standard, description });

/** The environment variables of this service. */
export const BRIDGE_ENV = Type.Object({
  DEAI_SETTLEMENT: Type.String({ default: 'on', pattern: '^(on|off)$', description: 'on or off: whether tasks are settled on a chain' }),
  DEAI_NETWORK_ID: Type.String({ default: 'local', minLength: 1, maxLength: 64, description: 'signed when an account is linked' }),
  NEAR_RPC_URL: Type.Optional(Type.String({ pattern: '^https?://', description: 'JSON-RPC of a NEAR node; the embedded chain without' })),
  DEAI_CHAIN_ID: Type.String({ default: 'deai-local', minLength: 1, maxLength: 64, description: 'name of the chain, shown to people' }),
  DEAI_CHAIN_PUBLIC_RPC_URL: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'RPC that users are told; give no key away with it' }),
  ),
  DEAI_CONTRACT_ACCOUNT: Account('account of the contract deai-compute'),
  DEAI_TOKEN_ACCOUNT: Account('account of the token'),
  DEAI_SPONSOR_ACCOUNT: Account('account that pays for requesters without an account of their own'),
  DEAI_SETTLER_CREDENTIALS: Type.Optional(Type.String({ description: 'NEAR credentials file of the settler' })),
  DEAI_SETTLE_EVERY_MS: whole(100, 3_600_000, 5_000, 'a batch is built this often, if tasks completed'),
  DEAI_SETTLE_RECEIPTS: whole(1, 100_000, 20_000, 'a batch holds about this many tasks at most'),
  DEAI_SETTLE_OPEN: whole(1, 100, 4, 'this many batches may wait to be posted; tasks that complete meanwhile go into the next one'),
  DEAI_CLAIM_LEAST_YOCTO: Type.String({
    default: '1000000000000000000000000',
    pattern: '^[0-9]{1,39}$',
    description:
      'the least that is claimed for a user, in yocto-DEAI: the settler pays gas, and registers accounts that are new to the contracts',
  }),
  DEAI_CLAIM_EVERY_MS: whole(0, 86_400_000, 60_000, 'between two claims for one account'),
  DEAI_CHAIN_POLL_MS: whole(100, 600_000, 2_000, 'between two looks for deposits and stakes'),
  DEAI_CHAIN_TIMEOUT_MS: whole(100, 120_000, 10_000, 'one request to the NEAR node'),
});

/** How this network settles. */
export interface BridgeConfig {
  networkId: string;
  /** `undefined` when it does not. */
  chain:
    | {
        rpcUrl: string;
        publicRpcUrl: string | undefined;
        chainId: string;
        contractId: string;
        tokenId: string;
        sponsorId: string;
        credentialsFile: string;
        timeoutMs: number;
      }
    | undefined;
  everyMs: number;
  receiptsPerBatch: number;
  openBatches: number;
  claimLeastYocto: bigint;
  claimEveryMs: number;
  pollMs: number;
}

/** @throws DeaiError `CONFIG_INVALID`. */
export function loadBridgeConfig(env: Env): BridgeConfig {
  const values = parseEnv(BRIDGE_ENV, env);
  return Object.freeze({
    networkId: values.DEAI_NETWORK_ID,
    chain: values.DEAI_SETTLEMENT === 'on' ? chainOf(values) : undefined,
    everyMs: values.DEAI_SETTLE_EVERY_MS,
    receiptsPerBatch: values.DEAI_SETTLE_RECEIPTS,
    openBatches: values.DEAI_SETTLE_OPEN,
    claimLeastYocto: BigInt(values.DEAI_CLAIM_LEAST_YOCTO),
    claimEveryMs: values.DEAI_CLAIM_EVERY_MS,
    pollMs: values.DEAI_CHAIN_POLL_MS,
  });
}

function chainOf(values: Static<typeof BRIDGE_ENV>): BridgeConfig['chain'] {
  const needed = {
    NEAR_RPC_URL: values.NEAR_RPC_URL,
    DEAI_CONTRACT_ACCOUNT: values.DEAI_CONTRACT_ACCOUNT,
    DEAI_TOKEN_ACCOUNT: values.DEAI_TOKEN_ACCOUNT,
    DEAI_SPONSOR_ACCOUNT: values.DEAI_SPONSOR_ACCOUNT,
    DEAI_SETTLER_CREDENTIALS: values.DEAI_SETTLER_CREDENTIALS,
  };
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length > 0) {
    throw new DeaiError('CONFIG_INVALID', {
      problems: missing.map((name) => `${name} is missing`),
      hint: 'Settlement needs all of them. Set DEAI_SETTLEMENT=off to run without.',
    });
  }
  return {
    rpcUrl: needed.NEAR_RPC_URL as string,
    publicRpcUrl: values.DEAI_CHAIN_PUBLIC_RPC_URL,
    chainId: values.DEAI_CHAIN_ID,
    contractId: needed.DEAI_CONTRACT_ACCOUNT as string,
    tokenId: needed.DEAI_TOKEN_ACCOUNT as string,
    sponsorId: needed.DEAI_SPONSOR_ACCOUNT as string,
    credentialsFile: needed.DEAI_SETTLER_CREDENTIALS as string,
    timeoutMs: values.DEAI_CHAIN_TIMEOUT_MS,
  };
}
