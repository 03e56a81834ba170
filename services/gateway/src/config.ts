import { fileURLToPath } from 'node:url';
import { type Env, parseEnv } from '@deai/service-kit';
import Type from 'typebox';

const MIB = 1_048_576;
/** Where `make dashboard` puts it. */
const BUILT_DASHBOARD = fileURLToPath(new URL('../../../apps/dashboard/dist', import.meta.url));

/** The environment variables of the gateway. */
export const GATEWAY_ENV = Type.Object({
  DEAI_GATEWAY_PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^/?#]+$',
      description: 'scheme and host under which callers reach the network; from each request when left out',
    }),
  ),
  DEAI_NETWORK_ID: Type.String({
    minLength: 1,
    maxLength: 64,
    default: 'local',
    description: 'name of the network, signed into every node session and work receipt',
  }),
  DEAI_GATEWAY_RATE_LIMIT: Type.Integer({
    minimum: 0,
    default: 12_000,
    description: 'requests per minute of one credential or address; 0 is no limit',
  }),
  DEAI_GATEWAY_AUTH_RATE_LIMIT: Type.Integer({
    minimum: 0,
    default: 60,
    description: 'the same for logging in, registering and refreshing, by address',
  }),
  DEAI_GATEWAY_CORS_ORIGINS: Type.String({
    default: '',
    description: 'origins whose pages may call the API, with commas; * is every origin',
  }),
  DEAI_GATEWAY_MAX_BODY_BYTES: Type.Integer({
    minimum: 1_024,
    maximum: 256 * MIB,
    default: 16 * MIB,
    description: 'largest body that carries task input',
  }),
  DEAI_GATEWAY_NODES_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^/?#]+$',
      description: 'scheme and host of the node manager, where nodes reach it apart from the gateway',
    }),
  ),
  DEAI_GATEWAY_OPENAI_TIMEOUT_MS: Type.Integer({
    minimum: 100,
    maximum: 3_600_000,
    default: 120_000,
    description: 'how long a request in the OpenAI shape waits for its result',
  }),
  DEAI_GATEWAY_DASHBOARD_DIR: Type.Optional(
    Type.String({
      description: 'folder of the built dashboard, served at /; "off" serves none; where `make dashboard` puts it when left out',
    }),
  ),
  DEAI_GATEWAY_DRAIN_MS: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    default: 10_000,
    description: 'how long stopping waits for requests',
  }),
});

/** How the gateway behaves. */
export interface GatewayConfig {
  /** Scheme and host under which callers reach this network; taken from each request when left out. */
  publicUrl?: string;
  /** Scheme and host under which nodes open their sessions; those of the gateway when left out. */
  nodesUrl?: string;
  /** Shown to people at `/`. */
  networkId: string;
  /** Requests per minute of one credential, or of one address without one. 0 is no limit. */
  rateLimitPerMinute: number;
  /** The same for logging in, registering and refreshing, by address. 0 is no limit. */
  authRateLimitPerMinute: number;
  /** Origins whose pages may call the API; `*` is every origin, none turns CORS off. */
  corsOrigins: readonly string[];
  /** Largest body of a request that carries task input. Other requests take 64 KiB. */
  maxBodyBytes: number;
  /** How long a request in OpenAI's shape waits for its task; then the task is cancelled. */
  openaiTimeoutMs: number;
  /** Folder of the built dashboard; none is served when it is left out, or was not built. */
  dashboardDir?: string;
  /** How long `stop` waits for requests under way. */
  drainMs: number;
}

/** Reads the configuration out of `DEAI_GATEWAY_*` variables. @throws DeaiError `CONFIG_INVALID`. */
export function loadGatewayConfig(env: Env): GatewayConfig {
  const values = parseEnv(GATEWAY_ENV, env);
  const origins = values.DEAI_GATEWAY_CORS_ORIGINS.split(',').map((origin) => origin.trim());
  return Object.freeze({
    ...(values.DEAI_GATEWAY_PUBLIC_URL === undefined ? {} : { publicUrl: values.DEAI_GATEWAY_PUBLIC_URL }),
    ...(values.DEAI_GATEWAY_NODES_URL === undefined ? {} : { nodesUrl: values.DEAI_GATEWAY_NODES_URL }),
    ...(values.DEAI_GATEWAY_DASHBOARD_DIR === 'off' ? {} : { dashboardDir: values.DEAI_GATEWAY_DASHBOARD_DIR ?? BUILT_DASHBOARD }),
    networkId: values.DEAI_NETWORK_ID,
    rateLimitPerMinute: values.DEAI_GATEWAY_RATE_LIMIT,
    authRateLimitPerMinute: values.DEAI_GATEWAY_AUTH_RATE_LIMIT,
    corsOrigins: origins.filter((origin) => origin !== ''),
    maxBodyBytes: values.DEAI_GATEWAY_MAX_BODY_BYTES,
    openaiTimeoutMs: values.DEAI_GATEWAY_OPENAI_TIMEOUT_MS,
    drainMs: values.DEAI_GATEWAY_DRAIN_MS,
  });
}
