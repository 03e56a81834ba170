import type { ErrorCode, Principal, Scope } from '@deai/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null until authenticated, and always on public routes. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    /** The scope that a caller must have. */
    scope?: Scope;
    /** True when anybody may call. Every route has either this or a scope. */
    public?: true;
  }
}

/** The schemas of what a request carries. */
export interface Takes {
  params?: TSchema;
  querystring?: TSchema;
  headers?: TSchema;
  body?: TSchema;
}

/** Who may call a route: anybody, or callers with a scope. */
export type Access = { public: true } | { scope: Scope };

/** All there is to say about a route in one place: the server, the limits and the API document follow from it. */
export interface RouteSpec<T extends Takes = Takes, A extends TSchema = TSchema> {
  operationId: string;
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  takes?: T;
  gives: { status: number; schema: A; description?: string };
  /** What can go wrong besides what follows from `access`, `takes` and the method. */
  errors?: readonly ErrorCode[];
  /** Bytes; 64 KiB when left out. */
  bodyLimit?: number;
  /** `auth`: the stricter limit by address; `none`: not counted. */
  limit?: 'auth' | 'none';
  examples?: { body?: unknown; answer?: unknown };
  /** The body's alternatives, when it has some: picks the one that the errors should speak of. */
  pickBody?: (body: unknown) => TSchema;
}

type Part<S, Otherwise = unknown> = S extends TSchema ? Static<S> : Otherwise;

/** A request with its parts typed by their schemas. `principal` is there on routes with a scope. */
export type Call<T extends Takes> = FastifyRequest<{
  Params: Part<T['params']>;
  Querystring: Part<T['querystring']>;
  Headers: Part<T['headers']>;
  Body: Part<T['body']>;
}> & { principal: Principal };

export type Handler<T extends Takes, A extends TSchema> = (request: Call<T>, reply: FastifyReply) => Static<A> | Promise<Static<A>>;

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface RouteDefinition {
  method: Method;
  /** In Fastify's form, relative to the group it is added to. */
  path: string;
  spec: RouteSpec;
  handler: (request: never, reply: FastifyReply) => unknown;
}

/** Declares a route; nothing happens until it is added to an app. */
export function route<const T extends Takes, A extends TSchema>(
  method: Method,
  path: string,
  spec: RouteSpec<T, A>,
  handler: Handler<T, A>,
): RouteDefinition {
  return { method, path, spec, handler };
}
