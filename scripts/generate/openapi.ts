import { createMemoryBus } from '@deai/bus';
import { createMemoryCache } from '@deai/cache';
import { createGateway, type GatewayContext, loadGatewayConfig } from '@deai/gateway';
import { createHttpApp, createLogger, createMetrics } from '@deai/service-kit';

/** docs/openapi.json: what the gateway serves at /openapi.json. Nothing is connected to. */
export async function openApiDocument(): Promise<string> {
  const logger = createLogger({ level: 'silent', pretty: false });
  const metrics = createMetrics();
  const db: GatewayContext['db'] = { query: async () => ({ rows: [], rowCount: 0 }) };
  const context: GatewayContext = { bus: createMemoryBus(), db, cache: createMemoryCache({ maxEntries: 10 }), logger };
  const app = await createHttpApp({ logger, metrics, bodyLimit: 1024, maxFrameBytes: 1024, trustProxy: false });
  await createGateway(context, loadGatewayConfig({})).mount?.(app);
  const { body } = await app.inject({ url: '/openapi.json', headers: { host: 'localhost:8080' } });
  await app.close();
  return `${JSON.stringify(JSON.parse(body), null, 2)}\n`;
}
