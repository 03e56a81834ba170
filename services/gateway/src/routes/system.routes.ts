import { DeaiError, OneOf } from '@deai/protocol';
import Type from 'typebox';
import type { GatewayDeps } from '../context.ts';
import { type Dashboard, sendPage, wantsPage } from '../dashboard/dashboard.ts';
import { memo } from '../http/memo.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { runChecks } from './readiness.ts';

const PUBLIC = { tag: 'system', access: { public: true }, limit: 'none' } as const;
const CHECK_TIMEOUT_MS = 1_000;
const FRESH_MS = 1_000;

const Health = Type.Object({ status: Type.Literal('ok'), uptimeS: Type.Integer() });
const Ready = Type.Object({
  status: Type.Literal('ok'),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      status: OneOf(['ok', 'degraded', 'down'] as const),
      latencyMs: Type.Integer(),
      detail: Type.Optional(Type.String()),
    }),
  ),
});
const Index = Type.Object({
  name: Type.String(),
  version: Type.String(),
  networkId: Type.String(),
  links: Type.Record(Type.String(), Type.String()),
});
const LINKS = {
  api: '/api/v1',
  openai: '/v1',
  docs: '/docs/',
  openapi: '/openapi.json',
  health: '/health',
  ready: '/ready',
  metrics: '/metrics',
};

/** Probes, and where to find what: the dashboard for people, where it was built. */
export function systemRoutes(deps: GatewayDeps, version: string, dashboard?: Dashboard): RouteDefinition[] {
  const begin = performance.now();
  const checks = memo(FRESH_MS, () => runChecks(deps, CHECK_TIMEOUT_MS));
  return [
    route(
      'GET',
      '/health',
      { ...PUBLIC, operationId: 'health', summary: 'Alive: this process answers', gives: { status: 200, schema: Health } },
      () => ({ status: 'ok' as const, uptimeS: Math.floor((performance.now() - begin) / 1000) }),
    ),
    route(
      'GET',
      '/ready',
      {
        ...PUBLIC,
        operationId: 'ready',
        summary: 'Ready: every needed service and the database answer',
        gives: { status: 200, schema: Ready },
      },
      async () => {
        if (deps.stopping.aborted) throw new DeaiError('SHUTTING_DOWN');
        const done = await checks.get();
        if (done.some(({ status }) => status === 'down')) throw new DeaiError('UNAVAILABLE', { checks: done });
        return { status: 'ok' as const, checks: done };
      },
    ),
    route(
      'GET',
      '/',
      {
        ...PUBLIC,
        operationId: 'index',
        summary: 'What this is, and where the rest is',
        description: 'Browsers, which accept `text/html`, get the dashboard.',
        gives: { status: 200, schema: Index },
      },
      (request, reply) => {
        reply.header('vary', 'accept');
        if (dashboard && wantsPage(request)) return sendPage(reply, dashboard) as never;
        return { name: 'deai', version, networkId: deps.config.networkId, links: LINKS };
      },
    ),
  ];
}
