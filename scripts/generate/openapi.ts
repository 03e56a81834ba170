import { createMemoryBus } from '@deai/bus';
import { createMemoryCache } from '@deai/cache';
import { openDatabase } from '@deai/db';
import { createGateway, loadGatewayConfig } from '@deai/gateway';
import { createFolderStore } from '@deai/objects';
import { createHttpApp, createLogger, createMetrics } from '@deai/service-kit';

/** docs/openapi.json: what the gateway serves at /openapi.json. Nothing is connected to: building the document asks no port. */
export async function openApiDocument(scratch: string): Promise<string> {
  const logger = createLogger({ level: 'silent', pretty: false });
  const metrics = createMetrics();
  const db = await openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' });
  const context = {
    instanceId: 'document',
    bus: createMemoryBus(),
    db,
    cache: createMemoryCache({ maxEntries: 10 }),
    objects: await createFolderStore({ directory: scratch }),
    logger,
    metrics,
  };
  const app = await createHttpApp({ logger, metrics, bodyLimit: 1024, maxFrameBytes: 1024, trustProxy: false });
  await createGateway(context, loadGatewayConfig({})).mount?.(app);
  const { body } = await app.inject({ url: '/openapi.json', headers: { host: 'localhost:8080' } });
  await app.close();
  await db.close();
  return `${JSON.stringify(JSON.parse(body), null, 2)}\n`;
}
