import { type Env, parseEnv } from '@deai/service-kit';
import Type, { type Static } from 'typebox';

const Ms = (description: string, standard: number) => Type.Integer({ minimum: 50, default: standard, description });

const NodeManagerEnv = Type.Object({
  DEAI_NETWORK_ID: Type.String({ default: 'local', minLength: 1, maxLength: 64, description: 'signed into every session' }),
  DEAI_NODES_HEARTBEAT_MS: Ms('how often a node reports', 5_000),
  DEAI_NODES_OFFLINE_MS: Ms('a node not heard from for this long is offline', 15_000),
  DEAI_NODES_HELLO_MS: Ms('a socket without a hello is closed after this', 10_000),
  DEAI_NODES_GRACE_MS: Ms('how long a disconnected node keeps its leases', 5_000),
  DEAI_NODES_PERSIST_MS: Ms('heartbeats are written together, this often', 5_000),
  DEAI_NODES_REQUIRE_STAKE: Type.Boolean({
    default: false,
    description: "give work only to nodes with the network's least stake on chain behind them",
  }),
  DEAI_NODES_MAX_BUFFERED_BYTES: Type.Integer({
    minimum: 65_536,
    default: 67_108_864,
    description: 'a node that reads slower than this is dropped',
  }),
});

export type NodeManagerConfig = Static<typeof NodeManagerEnv>;
export const NODE_MANAGER_ENV = NodeManagerEnv;

/** The node manager's configuration. @throws DeaiError `CONFIG_INVALID` */
export function loadNodeManagerConfig(env: Env): NodeManagerConfig {
  return parseEnv(NodeManagerEnv, env);
}
