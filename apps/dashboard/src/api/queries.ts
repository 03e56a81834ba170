import { DeaiApiError, hasEnded, nodeAccount } from '@deai/sdk';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { isListening } from './listening.ts';
import { client } from './session.ts';
import { type TaskFilter, taskQueryOf } from './task-filter.ts';
import type { AuditAction, BillingQuery, NodeQuery, Role } from './types.ts';

/** Every question that pages ask, by its key. Times in ms. */
const SECOND = 1_000;
/** What the socket tells is still asked for now and then. */
const LISTENING_MS = 30 * SECOND;
/** How often to ask for what the socket tells while it does not. */
const unlessHeard = (ms: number) => () => (isListening() ? LISTENING_MS : ms);
const PAGE_SIZE = 100;
/** Who scrolls on may scroll far. */
const FURTHER_SIZE = 500;

export const networkStats = queryOptions({
  queryKey: ['network', 'stats'],
  queryFn: ({ signal }) => client.network.stats({ signal }),
  refetchInterval: unlessHeard(SECOND),
});
export const networkHistory = (minutes: number) =>
  queryOptions({
    queryKey: ['network', 'history', minutes],
    queryFn: ({ signal }) => client.network.history({ minutes }, { signal }),
    refetchInterval: 30 * SECOND,
  });
export const networkQueues = queryOptions({
  queryKey: ['network', 'queues'],
  queryFn: ({ signal }) => client.network.queues({ signal }),
  refetchInterval: unlessHeard(SECOND),
});
export const networkHealth = queryOptions({
  queryKey: ['network', 'health'],
  queryFn: ({ signal }) => client.network.health({ signal }),
  refetchInterval: 5 * SECOND,
});
export const networkKinds = queryOptions({
  queryKey: ['network', 'kinds'],
  queryFn: ({ signal }) => client.network.kinds({ signal }),
  refetchInterval: 10 * SECOND,
});
export const networkKeys = queryOptions({
  queryKey: ['network', 'keys'],
  queryFn: ({ signal }) => client.network.keys({ signal }),
  staleTime: 60 * SECOND,
});
export const tokenPrice = queryOptions({
  queryKey: ['network', 'price'],
  queryFn: ({ signal }) => client.network.price({ signal }),
  refetchInterval: 10 * SECOND,
});
export const ledgerAudit = queryOptions({
  queryKey: ['network', 'ledger'],
  queryFn: ({ signal }) => client.network.ledger({ signal }),
  refetchInterval: 10 * SECOND,
});

/** A network that settles nothing, or runs no bridge, says so by these codes. */
const WITHOUT_CHAIN = ['SETTLEMENT_OFF', 'UNAVAILABLE', 'NOT_FOUND'];

/** Null where the network does not settle on a chain. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DeaiApiError && WITHOUT_CHAIN.includes(error.code)) return null;
    throw error;
  }
}
export const settlementStatus = queryOptions({
  queryKey: ['settlement', 'status'],
  // Without a bridge the answer is 503, which is not worth waiting for.
  queryFn: ({ signal }) => orNull(client.settlement.status({ signal, timeoutMs: 4 * SECOND })),
  refetchInterval: ({ state }) => (state.data === null ? 60 * SECOND : unlessHeard(2 * SECOND)()),
});
/** Null where the network does not settle on a chain. */
export const settlementToken = queryOptions({
  queryKey: ['settlement', 'token'],
  queryFn: ({ signal }) => orNull(client.settlement.token({ signal, timeoutMs: 4 * SECOND })),
  refetchInterval: ({ state }) => (state.data === null ? 60 * SECOND : 5 * SECOND),
});
export const settlementBatches = infiniteQueryOptions({
  queryKey: ['settlement', 'batches'],
  queryFn: async ({ pageParam, signal }) =>
    (await orNull(client.settlement.batches({ limit: 50 }, { signal, timeoutMs: 4 * SECOND }).page(pageParam))) ?? {
      items: [],
      nextCursor: null,
    },
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  refetchInterval: unlessHeard(3 * SECOND),
});
export const settlementBatch = (number: number) =>
  queryOptions({
    queryKey: ['settlement', 'batch', number],
    queryFn: ({ signal }) => client.settlement.batch(number, { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'final' ? false : unlessHeard(2 * SECOND)()),
  });

/** What an account has on chain; null where the network does not settle. */
export const chainAccount = (accountId: string) =>
  queryOptions({
    queryKey: ['settlement', 'account', accountId],
    queryFn: ({ signal }) => orNull(client.settlement.account(accountId, { signal, timeoutMs: 4 * SECOND })),
    refetchInterval: 5 * SECOND,
  });
/** How a claim goes, until it has ended. */
export const claimById = (id: string) =>
  queryOptions({
    queryKey: ['settlement', 'claim', id],
    queryFn: ({ signal }) => client.settlement.getClaim(id, { signal }),
    refetchInterval: ({ state }) => (state.data?.endedAt ? false : SECOND),
  });
/** What happened to an account on chain. Under its account, so that both are asked for anew together. */
export const accountHistory = (accountId: string) =>
  infiniteQueryOptions({
    queryKey: ['settlement', 'account', accountId, 'history'],
    queryFn: ({ pageParam, signal }) => client.settlement.history(accountId, { limit: 20 }, { signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    refetchInterval: 10 * SECOND,
  });
/** The linked account, null when there is none; an error, soon, without a chain. */
export const linkedAccount = queryOptions({
  queryKey: ['settlement', 'linked'],
  queryFn: ({ signal }) => client.settlement.linkedAccount({ signal, timeoutMs: 4 * SECOND }),
  retry: false,
  staleTime: 60 * SECOND,
});
/** The user's accounts: the linked one, and those of the keys of their nodes, on which those without a linked one earn. Null without a chain. */
export const ownAccounts = queryOptions({
  queryKey: ['settlement', 'own'],
  queryFn: async ({ signal }) => {
    if ((await orNull(client.settlement.status({ signal, timeoutMs: 4 * SECOND }))) === null) return null;
    const [linked, nodes] = await Promise.all([
      client.settlement.linkedAccount({ signal }),
      client.nodes.list({ limit: 1_000, mine: true }, { signal }).page(),
    ]);
    const ofNodes = nodes.items.map(async ({ publicKey, name }) => ({
      accountId: await nodeAccount(publicKey),
      name: `of the node ${name}`,
    }));
    return [...(linked ? [{ accountId: linked, name: `${linked}, linked` }] : []), ...(await Promise.all(ofNodes))];
  },
  refetchInterval: 10 * SECOND,
});
/** The account that a node earns on: the one its operator linked, which only they are told, or the node's own. */
export const nodeChainAccount = (publicKey: string, own: boolean) =>
  queryOptions({
    queryKey: ['settlement', 'payee', publicKey, own],
    queryFn: async ({ signal }) =>
      (own ? await orNull(client.settlement.linkedAccount({ signal, timeoutMs: 4 * SECOND })) : null) ?? (await nodeAccount(publicKey)),
    staleTime: 60 * SECOND,
  });

export const taskList = (filter: TaskFilter) =>
  infiniteQueryOptions({
    queryKey: ['tasks', 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      client.tasks.list({ ...taskQueryOf(filter), limit: pageParam === undefined ? PAGE_SIZE : FURTHER_SIZE }, { signal }).page(pageParam),
    // Its newest page is kept up to date apart: see refreshTaskLists.
    staleTime: Number.POSITIVE_INFINITY,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
export const taskById = (id: string) =>
  queryOptions({
    queryKey: ['tasks', 'one', id],
    queryFn: ({ signal }) => client.tasks.get(id, { signal }),
    // The WebSocket tells sooner; this is for when it is away.
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data) ? false : 2 * SECOND),
  });
/** What it was submitted with: may be large, and never changes. */
export const taskInput = (id: string) =>
  queryOptions({
    queryKey: ['tasks', 'input', id],
    queryFn: ({ signal }) => client.tasks.input(id, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60 * SECOND,
  });
export const taskEvents = (id: string) =>
  queryOptions({ queryKey: ['tasks', 'events', id], queryFn: ({ signal }) => client.tasks.events(id, { signal }) });
export const taskWhy = (id: string) =>
  queryOptions({
    queryKey: ['tasks', 'why', id],
    queryFn: ({ signal }) => client.tasks.why(id, { signal }),
    refetchInterval: 2 * SECOND,
  });
export const taskReceipt = (id: string) =>
  queryOptions({
    queryKey: ['tasks', 'receipt', id],
    queryFn: ({ signal }) => client.tasks.receipt(id, { signal }),
    // It gains its place in a batch once it is settled.
    refetchInterval: ({ state }) => (state.data && !state.data.batch ? 5 * SECOND : false),
  });

export const apiKeys = queryOptions({ queryKey: ['user', 'keys'], queryFn: ({ signal }) => client.user.apiKeys.list({ signal }) });
export const billing = queryOptions({
  queryKey: ['user', 'billing'],
  queryFn: ({ signal }) => client.user.billing({ limit: 1 }, { signal }),
  refetchInterval: 5 * SECOND,
});
export const ledgerLines = (reason: BillingQuery['reason']) =>
  infiniteQueryOptions({
    queryKey: ['user', 'ledger', reason],
    queryFn: ({ pageParam, signal }) =>
      client.user.ledgerLines({ limit: PAGE_SIZE, ...(reason ? { reason } : {}) }, { signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });

export const nodeList = (query: NodeQuery) =>
  queryOptions({
    queryKey: ['nodes', 'list', query],
    queryFn: async ({ signal }) => (await client.nodes.list({ limit: 1_000, ...query }, { signal }).page()).items,
    refetchInterval: 5 * SECOND,
  });
export const nodeStats = queryOptions({
  queryKey: ['nodes', 'stats'],
  queryFn: ({ signal }) => client.nodes.stats({ signal }),
  refetchInterval: 3 * SECOND,
});
export const nodeStatus = (id: string) =>
  queryOptions({
    queryKey: ['nodes', 'one', id],
    queryFn: ({ signal }) => client.nodes.status(id, { signal }),
    refetchInterval: 3 * SECOND,
  });
export const nodeWhy = (id: string) =>
  queryOptions({ queryKey: ['nodes', 'why', id], queryFn: ({ signal }) => client.nodes.why(id, { signal }), refetchInterval: 2 * SECOND });

export const userList = (search: string, role: Role | undefined) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'users', search, role],
    queryFn: ({ pageParam, signal }) =>
      client.admin.users({ limit: PAGE_SIZE, ...(search ? { search } : {}), ...(role ? { role } : {}) }, { signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
interface AuditSearch {
  actor: string;
  subject: string;
  action?: AuditAction | undefined;
  hours?: number | undefined;
}
export const auditLog = (search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'audit', search],
    queryFn: ({ pageParam, signal }) => client.admin.audit({ limit: PAGE_SIZE, ...auditQueryOf(search) }, { signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    // Who scrolled back reads: only the newest page is asked for again.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) > 1 ? false : 5 * SECOND),
  });
function auditQueryOf({ actor, subject, action, hours }: AuditSearch) {
  return {
    ...(actor ? { actor } : {}),
    ...(subject ? { subject } : {}),
    ...(action ? { action } : {}),
    ...(hours ? { after: new Date(Date.now() - hours * 3_600 * SECOND).toISOString() } : {}),
  };
}
