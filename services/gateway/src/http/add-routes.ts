import { DeaiError } from '@deai/protocol';
import type { HttpApp } from '@deai/service-kit';
import type { FastifyReply, FastifyRequest, HTTPMethods, RouteOptions } from 'fastify';
import type { TSchema } from 'typebox';
import type { GatewayConfig } from '../config.ts';
import type { Guard } from './authenticate.ts';
import { errorAnswers, errorCodesOf } from './error-answers.ts';
import { rateLimitConfig } from './rate-limit.ts';
import type { RouteDefinition, RouteSpec } from './route.ts';

const SMALL_BODY_BYTES = 65_536;
const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export interface RouteHost {
  guard: Guard;
  config: GatewayConfig;
  /** How errors look on these routes. */
  errorSchema: TSchema;
}

/** Adds routes to a scope: validation, access, limits, status and documentation as their specs say. */
export function addRoutes(scope: HttpApp, routes: readonly RouteDefinition[], host: RouteHost): void {
  for (const definition of routes) scope.route(optionsOf(scope, definition, host));
  addMethodRefusals(scope, routes);
}

function optionsOf(scope: HttpApp, { method, path, spec, handler }: RouteDefinition, host: RouteHost): RouteOptions {
  const { access, gives } = spec;
  const answer = handler as (request: FastifyRequest, reply: FastifyReply) => unknown;
  return {
    method,
    url: path,
    bodyLimit: spec.bodyLimit ?? SMALL_BODY_BYTES,
    config: { ...access, ...rateLimitConfig(spec.limit, host.config) },
    schema: { ...spec.takes, ...documentation({ method, path, spec, handler }, host.errorSchema) } as object,
    onRequest: 'scope' in access ? [host.guard(access.scope)] : [],
    ...(spec.pickBody ? { validatorCompiler: pickingCompiler(scope, spec.pickBody) } : {}),
    handler(request, reply) {
      if (gives.status !== 200) reply.code(gives.status);
      return answer(request, reply);
    },
  };
}

function documentation({ method, spec }: RouteDefinition, errorSchema: TSchema) {
  const { access, gives } = spec;
  const scoped = 'scope' in access ? `Needs the scope \`${access.scope}\`.` : '';
  return {
    operationId: spec.operationId,
    tags: [spec.tag],
    summary: spec.summary,
    description: [spec.description, scoped].filter(Boolean).join('\n\n') || undefined,
    security: 'scope' in access ? [{ bearer: [access.scope] }] : [],
    response: {
      [gives.status]: { description: gives.description ?? spec.summary, content: { 'application/json': { schema: gives.schema } } },
      ...errorAnswers(errorCodesOf(method, spec), errorSchema),
    },
  };
}

/** Validates a body by the alternative it means to be, so that the errors speak of that one only. */
function pickingCompiler(scope: HttpApp, pick: NonNullable<RouteSpec['pickBody']>): NonNullable<RouteOptions['validatorCompiler']> {
  const compile = scope.validatorCompiler as NonNullable<RouteOptions['validatorCompiler']>;
  return (part) => {
    if (part.httpPart !== 'body') return compile(part);
    type Check = { (body: unknown): boolean; errors?: unknown };
    const compiled = new Map<TSchema, Check>();
    const validate: Check = (body) => {
      const schema = pick(body);
      const known = compiled.get(schema) ?? (compile({ ...part, schema }) as unknown as Check);
      compiled.set(schema, known);
      const fits = known(body);
      validate.errors = known.errors;
      return fits;
    };
    return validate as unknown as ReturnType<typeof compile>;
  };
}

/** A known path with another method answers 405 and says which methods it has. */
function addMethodRefusals(scope: HttpApp, routes: readonly RouteDefinition[]): void {
  for (const path of new Set(routes.map((r) => r.path))) {
    const known = routes.filter((r) => r.path === path).map((r): HTTPMethods => r.method);
    const allow = known.includes('GET') ? [...known, 'HEAD'] : known;
    scope.route({
      method: METHODS.filter((method) => !known.includes(method)),
      url: path,
      config: { public: true, rateLimit: false },
      schema: { hide: true } as object,
      exposeHeadRoute: false,
      onRequest: async (_request, reply) => {
        reply.header('allow', allow.join(', '));
        throw new DeaiError('METHOD_NOT_ALLOWED', { allowed: allow });
      },
      handler: () => undefined,
    });
  }
}
