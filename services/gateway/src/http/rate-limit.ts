import type { Cache } from '@deai/cache';
import { DeaiError } from '@deai/protocol';
import type { HttpApp } from '@deai/service-kit';
import fastifyRateLimit, { type FastifyRateLimitStore, type FastifyRateLimitStoreCtor, normalizeIP } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { GatewayConfig } from '../config.ts';
import type { RouteSpec } from './route.ts';

const WINDOW_MS = 60_000;

/** Counts in the cache, so that all gateways share one count. */
function storeOver(cache: Cache): FastifyRateLimitStoreCtor {
  const store: FastifyRateLimitStore = {
    incr(key, callback, windowMs) {
      cache.increment(`rate:${key}`, windowMs).then(
        ({ count, resetMs }) => callback(null, { current: count, ttl: resetMs }),
        (error: Error) => callback(error),
      );
    },
    child: () => store,
  };
  return function Store() {
    return store;
  } as unknown as FastifyRateLimitStoreCtor;
}

const byAddress = (request: FastifyRequest) => `ip:${normalizeIP(request.ip)}`;
const byCaller = (request: FastifyRequest) => (request.principal ? `key:${request.principal.credentialId}` : byAddress(request));
const byAddressForAuth = (request: FastifyRequest) => `auth:${normalizeIP(request.ip)}`;

function tooMany(max: number, ttlMs: number): DeaiError {
  return new DeaiError('RATE_LIMITED', { limitPerMinute: max, retryAfterS: Math.max(1, Math.ceil(ttlMs / 1000)) });
}

/** Counts a refused credential against its address; rejects with RATE_LIMITED when there were too many. */
export type CountFailure = (request: FastifyRequest) => Promise<void>;

/**
 * Limits the routes added to `scope` from now on, by credential, or by address where there is none.
 * The limit runs after authentication, so it knows the caller; refused credentials are counted by {@link CountFailure}.
 */
export async function addRateLimits(scope: HttpApp, cache: Cache, config: GatewayConfig): Promise<CountFailure> {
  const max = config.rateLimitPerMinute;
  if (max === 0 && config.authRateLimitPerMinute === 0) return async () => {};
  await scope.register(fastifyRateLimit, {
    global: max > 0,
    max,
    timeWindow: WINDOW_MS,
    store: storeOver(cache),
    // A cache that is away must not take the API with it.
    skipOnError: true,
    keyGenerator: byCaller,
    errorResponseBuilder: (_request, context) => tooMany(context.max, context.ttl),
  });
  if (max === 0) return async () => {};
  const count = scope.createRateLimit({ max, timeWindow: WINDOW_MS, keyGenerator: byAddress });
  return async (request) => {
    const result = await count(request);
    if (!result.isAllowed && result.isExceeded) throw tooMany(max, result.ttl);
  };
}

/** The part of a route's config that sets its limit apart from the general one. */
export function rateLimitConfig(limit: RouteSpec['limit'], config: GatewayConfig): object {
  if (limit === 'none' || (limit === 'auth' && config.authRateLimitPerMinute === 0)) return { rateLimit: false };
  if (limit !== 'auth') return {};
  return { rateLimit: { max: config.authRateLimitPerMinute, timeWindow: WINDOW_MS, keyGenerator: byAddressForAuth } };
}
