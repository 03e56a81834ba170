import { type Env, parseEnv } from '@deai/service-kit';
import Type from 'typebox';

/** The environment variables of this service. */
export const REALTIME_ENV = Type.Object({
  DEAI_REALTIME_RING_CHANGES: Type.Integer({
    minimum: 100,
    maximum: 10_000_000,
    default: 100_000,
    description: 'changes kept to be sent again after a reconnect',
  }),
  DEAI_REALTIME_RING_BYTES: Type.Integer({ minimum: 65_536, default: 67_108_864, description: 'memory those changes may take' }),
  DEAI_REALTIME_AUTH_TIMEOUT_MS: Type.Integer({
    minimum: 100,
    maximum: 600_000,
    default: 5_000,
    description: 'a socket that has not authenticated by then is closed',
  }),
  DEAI_REALTIME_PING_MS: Type.Integer({ minimum: 100, maximum: 3_600_000, default: 30_000, description: 'between two pings' }),
  DEAI_REALTIME_MAX_BUFFERED_BYTES: Type.Integer({
    minimum: 1_048_576,
    default: 4_194_304,
    description: 'a socket with more unsent bytes is closed',
  }),
  DEAI_REALTIME_MAX_TOPICS: Type.Integer({ minimum: 1, maximum: 100_000, default: 1_000, description: 'topics of one socket' }),
  DEAI_REALTIME_MAX_SOCKETS: Type.Integer({ minimum: 1, default: 20_000, description: 'sockets of one instance' }),
  DEAI_REALTIME_MAX_SOCKETS_PER_USER: Type.Integer({ minimum: 1, default: 50, description: 'sockets of one user on one instance' }),
  DEAI_REALTIME_MAX_VISITORS: Type.Integer({
    minimum: 0,
    default: 2_000,
    description: 'sockets of visitors without an account on one instance; the others ask by HTTP',
  }),
  DEAI_REALTIME_MAX_VISITORS_PER_NETWORK: Type.Integer({
    minimum: 0,
    default: 20,
    description: 'of those, sockets from one IPv4 address or one IPv6 /64',
  }),
});

/** How the client WebSocket behaves. */
export interface RealtimeConfig {
  /** Changes kept to be sent again after a reconnect. */
  ringChanges: number;
  /** Estimated bytes those changes may take. */
  ringBytes: number;
  /** A socket that has not authenticated by then is closed with 4408. */
  authTimeoutMs: number;
  /** Between two pings; a socket that answered none in between is cut. */
  pingMs: number;
  /** A socket with more unsent bytes is closed with 4429. */
  maxBufferedBytes: number;
  /** Topics of one socket. */
  maxTopics: number;
  /** Sockets of this instance. */
  maxSockets: number;
  /** Sockets of one user on this instance. */
  maxSocketsPerUser: number;
  /** Sockets of visitors on this instance. */
  maxVisitors: number;
  /** Of those, sockets from one IPv4 address or one IPv6 /64. */
  maxVisitorsPerNetwork: number;
}

/** @throws DeaiError `CONFIG_INVALID`. */
export function loadRealtimeConfig(env: Env): RealtimeConfig {
  const values = parseEnv(REALTIME_ENV, env);
  return Object.freeze({
    ringChanges: values.DEAI_REALTIME_RING_CHANGES,
    ringBytes: values.DEAI_REALTIME_RING_BYTES,
    authTimeoutMs: values.DEAI_REALTIME_AUTH_TIMEOUT_MS,
    pingMs: values.DEAI_REALTIME_PING_MS,
    maxBufferedBytes: values.DEAI_REALTIME_MAX_BUFFERED_BYTES,
    maxTopics: values.DEAI_REALTIME_MAX_TOPICS,
    maxSockets: values.DEAI_REALTIME_MAX_SOCKETS,
    maxSocketsPerUser: values.DEAI_REALTIME_MAX_SOCKETS_PER_USER,
    maxVisitors: values.DEAI_REALTIME_MAX_VISITORS,
    maxVisitorsPerNetwork: values.DEAI_REALTIME_MAX_VISITORS_PER_NETWORK,
  });
}
