import type { HttpApp } from '@deai/service-kit';
import fastifyCors from '@fastify/cors';
import fastifyHelmet from '@fastify/helmet';
import type { GatewayConfig } from '../config.ts';

const EXPOSED_HEADERS = ['x-request-id', 'retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];

/** Security headers on every answer; CORS only for the configured origins. */
export async function addSecurityHeaders(scope: HttpApp, config: GatewayConfig): Promise<void> {
  await scope.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  if (config.corsOrigins.length === 0) return;
  await scope.register(fastifyCors, {
    origin: config.corsOrigins.includes('*') ? '*' : [...config.corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'x-request-id'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
  });
}
