import { KindInfo, LedgerAudit, NetworkHealth, NetworkHistory, NetworkKeys, NetworkStats, TaskStats, TokenPrice } from '@deai/protocol';
import Type from 'typebox';
import type { GatewayDeps } from '../context.ts';
import { memo } from '../http/memo.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import type { ModelOffers } from '../openai/model-offers.ts';
import { loadKindInfos } from './kind-infos.ts';

const PUBLIC = { tag: 'network', access: { public: true } } as const;
const FRESH_MS = 1_000;
const KINDS_FRESH_MS = 3_000;
/** Less than a key is published before it signs. */
const KEYS_FRESH_MS = 60_000;
const MAX_HISTORY_MINUTES = 1_440;

const HistoryQuery = Type.Object(
  { minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_HISTORY_MINUTES, default: 60 })) },
  { additionalProperties: false },
);

const Queues = Type.Object({ items: TaskStats.properties.byKind });

/** `network/*`: public, so what it answers is kept for a moment and costs the same however many ask. */
export function networkRoutes({ bus, config }: GatewayDeps, offers: ModelOffers): RouteDefinition[] {
  const stats = memo(FRESH_MS, () => bus.request('monitoring.stats', {}));
  const queues = memo(FRESH_MS, async () => ({ items: (await bus.request('tasks.stats', {})).byKind }));
  const health = memo(FRESH_MS, () => bus.request('monitoring.health', {}));
  const audit = memo(FRESH_MS, () => bus.request('rewards.audit', {}));
  const keys = memo(KEYS_FRESH_MS, () => bus.request('auth.networkKeys', {}));
  const price = memo(FRESH_MS, () => bus.request('prices.current', {}));
  const kinds = memo(KINDS_FRESH_MS, () => loadKindInfos(bus, () => offers.get()));
  return [
    route(
      'GET',
      '/network/stats',
      { ...PUBLIC, operationId: 'getNetworkStats', summary: 'The network in numbers', gives: { status: 200, schema: NetworkStats } },
      () => stats.get(),
    ),
    route(
      'GET',
      '/network/queues',
      {
        ...PUBLIC,
        operationId: 'getQueues',
        summary: 'Tasks waiting, running and completed, by kind',
        gives: { status: 200, schema: Queues },
      },
      () => queues.get(),
    ),
    route(
      'GET',
      '/network/history',
      {
        ...PUBLIC,
        operationId: 'getNetworkHistory',
        summary: 'The same numbers over the last minutes, oldest first',
        description:
          'As fine as they are known: every five seconds for the last quarter of an hour, as far as the answering instance was up, and once a minute before that. The newest is of now. Thinned out to about 1,440.',
        takes: { querystring: HistoryQuery },
        gives: { status: 200, schema: NetworkHistory },
      },
      ({ query }) => bus.request('monitoring.history', { minutes: query.minutes ?? 60 }),
    ),
    route(
      'GET',
      '/network/health',
      { ...PUBLIC, operationId: 'getNetworkHealth', summary: 'Which services are well', gives: { status: 200, schema: NetworkHealth } },
      () => health.get(),
    ),
    route(
      'GET',
      '/network/kinds',
      {
        ...PUBLIC,
        operationId: 'listKinds',
        summary: 'Kinds of work: input and output schemas, models on offer, prices',
        gives: { status: 200, schema: Type.Object({ items: Type.Array(KindInfo) }) },
      },
      async () => ({ items: await kinds.get() }),
    ),
    route(
      'GET',
      '/network/price',
      {
        ...PUBLIC,
        operationId: 'getTokenPrice',
        summary: 'The price of the token in US dollars, and what it comes from',
        description: 'The last good price with its age; `null` when there is none. Each source says whether it is part of it, or why not.',
        gives: { status: 200, schema: TokenPrice },
      },
      () => price.get(),
    ),
    route(
      'GET',
      '/network/ledger',
      { ...PUBLIC, operationId: 'auditLedger', summary: 'The books of the network, checked', gives: { status: 200, schema: LedgerAudit } },
      () => audit.get(),
    ),
    route(
      'GET',
      '/network/keys',
      {
        ...PUBLIC,
        operationId: 'listNetworkKeys',
        summary: 'The keys by which the network signs work receipts, past ones and the next one too',
        gives: { status: 200, schema: NetworkKeys },
      },
      async () => ({ networkId: config.networkId, ...(await keys.get()) }),
    ),
  ];
}
