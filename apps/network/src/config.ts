import { resolve } from 'node:path';
import { SERVICES, type ServiceName } from '@deai/protocol';
import { type Env, LOG_LEVELS, type LogLevel, parseEnv } from '@deai/service-kit';
import Type, { type Static } from 'typebox';

const NetworkEnv = Type.Object({
  DEAI_DATA_DIR: Type.String({ default: './.deai', description: 'where the embedded database, objects and logs live' }),
  DEAI_HOST: Type.String({ default: '127.0.0.1', description: 'address to listen on' }),
  DEAI_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 8080, description: 'port to listen on; 0 asks for a free one' }),
  DEAI_LOG_LEVEL: Type.String({ default: 'info', pattern: `^(${LOG_LEVELS.join('|')})$`, description: `one of ${LOG_LEVELS.join(', ')}` }),
  DEAI_MAX_BODY_BYTES: Type.Integer({ minimum: 65_536, default: 16_777_216, description: 'largest request body' }),
  DEAI_MAX_FRAME_BYTES: Type.Integer({ minimum: 65_536, default: 50_331_648, description: 'largest WebSocket message' }),
  DEAI_TRUST_PROXY: Type.Boolean({ default: false, description: 'take the client address from X-Forwarded-For' }),
  DEAI_STARTING_CREDIT: Type.String({
    default: '100',
    pattern: '^[0-9]+(\\.[0-9]{1,24})?$',
    description: 'tokens a new user gets; embedded database only',
  }),
  DEAI_DB_CONNECTIONS: Type.Integer({ minimum: 2, maximum: 500, default: 20, description: 'general database connections of a process' }),
  DATABASE_URL: Type.Optional(Type.String({ description: 'PostgreSQL to use in place of the embedded one' })),
  NATS_URL: Type.Optional(Type.String({ description: 'NATS to use in place of the bus in process' })),
});

export const NETWORK_ENV = NetworkEnv;

/** How to run services in this process. What is left out comes from the environment, then from defaults. */
export interface NetworkOptions {
  /** All of them when left out. */
  services?: ServiceName[];
  dataDir?: string;
  host?: string;
  port?: number;
  databaseUrl?: string;
  natsUrl?: string;
  logLevel?: LogLevel;
  /** Log lines for people instead of JSON. */
  pretty?: boolean;
  /** Log to a file instead of standard error. */
  logFile?: string;
  /** Environment of the services; the process's own when left out. */
  env?: Env;
}

export interface NetworkConfig extends Static<typeof NetworkEnv> {
  services: ServiceName[];
  dataDir: string;
  logLevel: LogLevel;
  pretty: boolean;
  logFile: string | undefined;
  env: Env;
}

/** @throws DeaiError `CONFIG_INVALID` naming what is wrong. */
export function loadNetworkConfig(options: NetworkOptions): NetworkConfig {
  const env: Env = { ...(options.env ?? process.env), ...overrides(options) };
  const values = parseEnv(NetworkEnv, env);
  return Object.freeze({
    ...values,
    services: options.services ?? [...SERVICES],
    dataDir: resolve(values.DEAI_DATA_DIR),
    logLevel: values.DEAI_LOG_LEVEL as LogLevel,
    pretty: options.pretty ?? false,
    logFile: options.logFile,
    env,
  });
}

function overrides({ dataDir, host, port, databaseUrl, natsUrl, logLevel }: NetworkOptions): Record<string, string> {
  const given = {
    DEAI_DATA_DIR: dataDir,
    DEAI_HOST: host,
    DEAI_PORT: port?.toString(),
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
    DEAI_LOG_LEVEL: logLevel,
  };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
