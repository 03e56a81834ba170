import { randomBytes } from 'node:crypto';
import { startNatsServer } from '@deai/bus/testing';
import { startEmbeddedPostgres } from '@deai/db';
import { ONE_TOKEN, type ServiceName } from '@deai/protocol';
import { cleanUpAtEnd, tempDir } from '@deai/testkit';
import { type Account, type NodeIdentity, registerNode } from './accounts.ts';
import { type NetworkProcess, startNetwork } from './network-process.ts';

/** What processes of one network share: a PostgreSQL, a NATS and the secrets. Gone at the end of the file. */
export interface Cluster {
  readonly databaseUrl: string;
  /** Starts services in a process of their own; all of them when none is named. */
  start(services?: ServiceName[], port?: number): Promise<NetworkProcess>;
}

/** Starts what the processes share; `env` goes to each of them. */
export async function startCluster(env: Record<string, string> = {}): Promise<Cluster> {
  const [postgres, nats] = await Promise.all([
    startEmbeddedPostgres({ dataDir: await tempDir('deai-e2e-pg-'), durable: false, settings: { shared_buffers: '128MB' } }),
    startNatsServer(),
  ]);
  cleanUpAtEnd(() => postgres.stop());
  cleanUpAtEnd(() => nats.stop());
  const shared = {
    DATABASE_URL: postgres.url,
    NATS_URL: nats.url,
    DEAI_AUTH_KEY_SECRET: randomBytes(32).toString('base64url'),
    DEAI_REWARD_STARTING_CREDIT_YOCTO: String(100n * ONE_TOKEN),
    DEAI_DB_CONNECTIONS: '8',
    ...env,
  };
  return {
    databaseUrl: postgres.url,
    start: (services, port = 0) => startNetwork({ ...(services ? { services } : {}), port, env: shared }),
  };
}

/** Where a node manager's process lets nodes in: a proxy in front would send them there. */
function sessionUrlOf({ url }: NetworkProcess): string {
  return `${url.replace('http', 'ws')}/api/v1/nodes/session`;
}

/** Registers a node that connects to the first of the node managers, and to the others when that one is gone. */
export async function registerNodeAt(gateway: NetworkProcess, operator: Account, at: NetworkProcess[]): Promise<NodeIdentity> {
  const [sessionUrl = '', ...otherUrls] = at.map(sessionUrlOf);
  return { ...(await registerNode(gateway.url, operator.apiKey)), sessionUrl, otherUrls };
}
