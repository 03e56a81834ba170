import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bus } from '@deai/bus';
import type { HttpApp } from '@deai/service-kit';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { memo } from '../http/memo.ts';

/** Addresses of the dashboard's pages beside `/`: each answers the one page, which then shows what its address says. */
export const DASHBOARD_PATHS = [
  '/login',
  '/signup',
  '/playground',
  '/tasks',
  '/tasks/:id',
  '/keys',
  '/billing',
  '/nodes',
  '/nodes/:id',
  '/settlement',
  '/settlement/:number',
  '/admin',
] as const;

/** Scripts and styles from here alone, nothing inline, and no page may frame it. Data from here, and from the chain that the page checks roots on. */
function contentSecurityPolicy(chainOrigin: string | undefined): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${chainOrigin ? ` ${chainOrigin}` : ''}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The dashboard as it was built. */
export interface Dashboard {
  /** Where `assets/` lies. */
  folder: string;
  /** The page as it is now: one that is built anew names other files. */
  page(): Promise<string>;
  /** Where browsers may ask the chain; `undefined` when the network does not tell. */
  chainOrigin(): Promise<string | undefined>;
}

/** How long the word of where the chain is counts, and how long a page waits for it, in ms. */
const [CHAIN_FRESH_MS, CHAIN_WAIT_MS] = [5_000, 1_000];

/** Reads the built dashboard; `undefined` where it was not built. */
export async function loadDashboard(folder: string, bus: Pick<Bus, 'request'>): Promise<Dashboard | undefined> {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) return undefined;
  let last = await readFile(index, 'utf8');
  const page = async () => {
    // While it is being built there is none: the last one stays.
    last = await readFile(index, 'utf8').catch(() => last);
    return last;
  };
  const chain = memo(CHAIN_FRESH_MS, async () => {
    // A network without a chain, or whose bridge is away, has its dashboard all the same.
    const status = await bus.request('settlement.status', {}, { timeoutMs: CHAIN_WAIT_MS }).catch(() => undefined);
    return status?.rpcUrl && URL.canParse(status.rpcUrl) ? new URL(status.rpcUrl).origin : undefined;
  });
  return { folder, page, chainOrigin: chain.get };
}

/** True for browsers that open an address: they name HTML, and programs that fetch JSON do not. */
export function wantsPage(request: Pick<FastifyRequest, 'headers'>): boolean {
  return request.headers.accept?.includes('text/html') ?? false;
}

/** Answers the page. It names its scripts by their hashes, so it is the one thing that must not be kept. */
export async function sendPage(reply: FastifyReply, { page, chainOrigin }: Dashboard): Promise<FastifyReply> {
  const [html, origin] = await Promise.all([page(), chainOrigin()]);
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', contentSecurityPolicy(origin))
    .header('cache-control', 'no-cache')
    .send(html);
}

/** Serves the dashboard's pages and files. Files are named by their content, so browsers keep them for good. */
export async function addDashboard(app: HttpApp, dashboard: Dashboard): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (options) => {
      options.config = { ...options.config, public: true, rateLimit: false } as typeof options.config & object;
      options.schema = { ...options.schema, hide: true } as object;
    });
    await scope.register(fastifyStatic, {
      root: join(dashboard.folder, 'assets'),
      prefix: '/assets/',
      decorateReply: false,
      index: false,
      preCompressed: true,
      immutable: true,
      maxAge: '365d',
    });
    for (const path of DASHBOARD_PATHS) scope.get(path, (_request, reply) => sendPage(reply, dashboard));
  });
}
