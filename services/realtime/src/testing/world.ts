import { type Bus, createMemoryBus } from '@deai/bus';
import {
  DeaiError,
  type NetworkStats,
  type NodeInfo,
  newId,
  type Principal,
  type QueueCount,
  ROLE_SCOPES,
  type Role,
  type SettlementBatch,
  type Task,
  type TaskChange,
} from '@deai/protocol';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** What stands on the other side of the bus: the services that realtime asks, with data a test can change. */
export interface World {
  bus: Bus;
  tasks: Map<string, Task>;
  nodes: Map<string, NodeInfo>;
  /** API keys that work, with whom they belong to. */
  keys: Map<string, Principal>;
  token(userId: string, roles?: Role[], expiresInS?: number): Promise<string>;
  /** Awaited by `tasks.get` before and after it reads. */
  gate: { before(): Promise<void>; after(): Promise<void> };
  /** Publishes changes of tasks, one event. */
  change(...changes: Partial<TaskChange>[]): void;
}

export const QUEUES: QueueCount[] = [{ kind: 'ocr', pending: 1, running: 2, completed: 3 }];
export const STATS: NetworkStats = {
  at: '2026-01-01T00:00:00.000Z',
  activeNodes: 3,
  registeredNodes: 4,
  pendingTasks: 5,
  runningTasks: 6,
  completedTasks: 7,
  failedTasks: 8,
  throughput: 9.5,
  queueMsP50: 10,
  queueMsP95: 11,
  uptimeS: 12,
};
const root = (sums: number) => ({ hash: '00'.repeat(32), sums: new Array<string>(sums).fill('0') });
export const BATCH: SettlementBatch = {
  number: 1,
  state: 'waiting',
  receipts: 5,
  rewardYocto: '1',
  feeYocto: '2',
  roots: { receipts: root(2), rewards: root(1), charges: root(1) },
  builtAt: STATS.at,
  postedAt: null,
  finalAt: null,
  postTx: null,
  finalTx: null,
};

export function aTask(fields: Partial<Task> = {}): Task {
  return {
    id: newId(),
    kind: 'embed',
    model: 'm',
    status: 'pending',
    progress: 0,
    priority: 'normal',
    requesterId: newId(),
    nodeId: null,
    attempt: 0,
    maxAttempts: 3,
    timeoutMs: 1_000,
    labels: {},
    createdAt: new Date().toISOString(),
    assignedAt: null,
    startedAt: null,
    endedAt: null,
    estimatedCompletion: null,
    queueMs: null,
    runMs: null,
    unit: 'token',
    unitsQuoted: 1,
    unitsUsed: null,
    quoteYocto: '1',
    priceYocto: null,
    rewardYocto: null,
    feeYocto: null,
    refundYocto: null,
    verification: 'unverified',
    settlement: 'none',
    inputHash: '',
    outputHash: null,
    error: null,
    ...fields,
  };
}

export function aNode(fields: Partial<NodeInfo> = {}): NodeInfo {
  return {
    id: newId(),
    name: 'n',
    operatorId: newId(),
    publicKey: '',
    region: 'eu',
    status: 'online',
    draining: false,
    capabilities: [],
    credits: 1,
    memoryMiB: 1,
    agentVersion: null,
    hardware: null,
    metrics: null,
    registeredAt: new Date().toISOString(),
    connectedAt: null,
    lastSeenAt: null,
    stakeYocto: '0',
    stakeAccount: null,
    ...fields,
  };
}

export async function createWorld(): Promise<World> {
  const bus = createMemoryBus();
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' };
  const nothing = async () => {};
  const world: World = {
    bus,
    tasks: new Map(),
    nodes: new Map(),
    keys: new Map(),
    gate: { before: nothing, after: nothing },
    token: (userId, roles = ['requester'], expiresInS = 600) =>
      new SignJWT({ roles, sid: newId() })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'k' })
        .setIssuer('deai')
        .setSubject(userId)
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInS)
        .sign(privateKey),
    change(...changes) {
      const defaults = { state: 'in_progress', progress: 0, attempt: 1, nodeId: null, estimatedCompletionMs: null } as const;
      const whole = changes.map((change) => ({ taskId: newId(), requesterId: newId(), ...defaults, ...change }));
      bus.publish('tasks.changed', { atMs: Date.now(), changes: whole });
    },
  };
  await serveAuth(world, jwk);
  await serveStates(world);
  return world;
}

async function serveAuth({ bus, keys }: World, jwk: Record<string, unknown>): Promise<void> {
  await bus.serve('auth.jwks', async () => ({ keys: [jwk] }));
  await bus.serve('auth.verifyApiKey', async ({ key }) => {
    const principal = keys.get(key);
    if (!principal) throw new DeaiError('UNAUTHENTICATED');
    return { principal, expiresAtMs: null };
  });
}

async function serveStates(world: World): Promise<void> {
  const { bus, tasks, nodes } = world;
  await bus.serve('tasks.get', async ({ principal, id }) => {
    await world.gate.before();
    const task = tasks.get(id);
    if (task?.requesterId !== principal.userId) throw new DeaiError('TASK_NOT_FOUND', { id });
    const copy = { ...task };
    await world.gate.after();
    return copy;
  });
  await bus.serve('tasks.list', async ({ principal }) => ({
    items: [...tasks.values()].filter((task) => task.requesterId === principal.userId),
    nextCursor: null,
  }));
  await bus.serve('nodes.get', async ({ id }) => {
    const node = nodes.get(id);
    if (!node) throw new DeaiError('NODE_NOT_FOUND', { id });
    return node;
  });
  await bus.serve('nodes.list', async ({ principal, query }) => ({
    items: [...nodes.values()].filter((node) => !query.mine || node.operatorId === principal.userId),
    nextCursor: null,
  }));
}

/** A principal as the auth service makes it for an API key. */
export function aPrincipal(userId: string, roles: Role[] = ['requester'], credentialId = newId()): Principal {
  return { userId, roles, scopes: [...new Set(roles.flatMap((role) => [...ROLE_SCOPES[role]]))], via: 'api-key', credentialId };
}
