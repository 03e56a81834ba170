import { DeaiError, ErrorResponse, OpenAiError } from '@deai/protocol';
import { type Authenticator, createAuthenticator, errorHandler, type HttpApp, type Service } from '@deai/service-kit';
import packageJson from '../package.json' with { type: 'json' };
import type { GatewayConfig } from './config.ts';
import type { GatewayContext, GatewayDeps } from './context.ts';
import { addDashboard, loadDashboard } from './dashboard/dashboard.ts';
import { addDocument, buildDocument } from './docs/document.ts';
import { addReferencePage } from './docs/reference-page.ts';
import { addRoutes } from './http/add-routes.ts';
import { createGuard } from './http/authenticate.ts';
import { createInFlight, type InFlight } from './http/in-flight.ts';
import { addRateLimits } from './http/rate-limit.ts';
import type { RouteDefinition } from './http/route.ts';
import { addSecurityHeaders } from './http/security-headers.ts';
import { embeddingsRoutes } from './openai/embeddings.routes.ts';
import { createModelOffers, type ModelOffers } from './openai/model-offers.ts';
import { modelRoutes } from './openai/models.routes.ts';
import { formatOpenAiError } from './openai/openai-error.ts';
import { adminRoutes } from './routes/admin.routes.ts';
import { authRoutes } from './routes/auth.routes.ts';
import { claimRoutes } from './routes/claims.routes.ts';
import { networkRoutes } from './routes/network.routes.ts';
import { nodeRoutes } from './routes/nodes.routes.ts';
import { receiptRoutes } from './routes/receipts.routes.ts';
import { settlementRoutes } from './routes/settlement.routes.ts';
import { submitRoutes } from './routes/submit.routes.ts';
import { systemRoutes } from './routes/system.routes.ts';
import { taskRoutes } from './routes/tasks.routes.ts';
import { userRoutes } from './routes/user.routes.ts';

export type { GatewayContext } from './context.ts';

interface Gateway {
  deps: GatewayDeps;
  offers: ModelOffers;
  authenticator(): Authenticator;
  inFlight: InFlight;
}

/** The public HTTP API: it checks who asks and what they send, and passes it on as commands. See README.md. */
export function createGateway(context: GatewayContext, config: GatewayConfig): Service {
  const stopping = new AbortController();
  const deps: GatewayDeps = { ...context, config, stopping: stopping.signal };
  const inFlight = createInFlight();
  const offers = createModelOffers(context.bus);
  let running: { authenticator: Authenticator; stops: (() => void)[] } | undefined;

  function authenticator(): Authenticator {
    if (running) return running.authenticator;
    throw new DeaiError(stopping.signal.aborted ? 'SHUTTING_DOWN' : 'UNAVAILABLE');
  }

  return {
    name: 'gateway',
    mount: (app) => mount(app, { deps, offers, authenticator, inFlight }),
    async start() {
      const made = await createAuthenticator(context.bus);
      const health = async () => ({ service: 'gateway' as const, latencyMs: 0, ...(await this.health()) });
      const serving = await context.bus.serve('service.health', health, { instance: 'gateway' });
      running = { authenticator: made, stops: [made.close, serving, await offers.start()] };
    },
    async stop() {
      stopping.abort();
      const stops = running?.stops ?? [];
      running = undefined;
      await inFlight.drained(config.drainMs);
      for (const stop of stops) stop();
    },
    async health() {
      return running ? { status: 'ok' } : { status: 'down', detail: 'not started' };
    },
  };
}

/** In a scope of its own, so that hooks and limits touch no other service's routes. */
async function mount(app: HttpApp, gateway: Gateway): Promise<void> {
  await app.register(async (plain) => {
    const scope = plain as HttpApp;
    const { deps, offers, inFlight } = gateway;
    scope.decorateRequest('principal', null);
    scope.addHook('onRequest', inFlight.hook);
    await addDocument(scope, deps.config, packageJson.version);
    await addSecurityHeaders(scope, deps.config);
    const { dashboardDir } = deps.config;
    const dashboard = dashboardDir === undefined ? undefined : await loadDashboard(dashboardDir, deps.bus);
    // Before the limits: a page is many files, and none of them costs anything.
    if (dashboard) await addDashboard(scope, dashboard);
    const countFailure = await addRateLimits(scope, deps.cache, deps.config);
    const host = { guard: createGuard(gateway.authenticator, countFailure), config: deps.config, errorSchema: ErrorResponse };
    const system = systemRoutes(deps, packageJson.version, dashboard);
    const api = [
      ...authRoutes(deps),
      ...submitRoutes(deps),
      ...taskRoutes(deps),
      ...receiptRoutes(deps),
      ...nodeRoutes(deps),
      ...userRoutes(deps),
      ...networkRoutes(deps, offers),
      ...settlementRoutes(deps),
      ...claimRoutes(deps),
      ...adminRoutes(deps),
    ];
    const openai = [...modelRoutes(offers), ...embeddingsRoutes(deps)];
    addRoutes(scope, system, host);
    await scope.register(async (inner) => addRoutes(inner as HttpApp, api, host), { prefix: '/api/v1' });
    await scope.register(async (inner) => addOpenAi(inner as HttpApp, openai, host), { prefix: '/v1' });
    addDocumentRoute(scope, [...system, ...api, ...openai]);
    await addReferencePage(scope);
  });
}

function addOpenAi(scope: HttpApp, routes: RouteDefinition[], host: Parameters<typeof addRoutes>[2]): void {
  scope.setErrorHandler(errorHandler(formatOpenAiError));
  scope.setNotFoundHandler(() => {
    throw new DeaiError('NOT_FOUND');
  });
  addRoutes(scope, routes, { ...host, errorSchema: OpenAiError });
}

function addDocumentRoute(scope: HttpApp, routes: readonly RouteDefinition[]): void {
  let document: string | undefined;
  scope.get('/openapi.json', { schema: { hide: true } as object, config: { public: true, rateLimit: false } }, async (_request, reply) => {
    document ??= buildDocument(scope, routes);
    reply.type('application/json; charset=utf-8');
    return document;
  });
}
