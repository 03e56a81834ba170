import { DeaiError, ERRORS, type ErrorCode, ErrorResponse } from '@deai/protocol';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ID } from '../testing/answers.ts';
import { createWorld, type World } from '../testing/world.ts';

const LOGIN = { email: 'ada@example.org', password: 'correct horse battery' };
const TASK = { kind: 'embeddings', input: { texts: ['a'] } };
const KEY = 'ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp';
const LINK = { accountId: 'ann.near', publicKey: KEY, signature: `${'A'.repeat(86)}==` };
const MANY = { tasks: [TASK, TASK] };

type Row = [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body: object | undefined, status: number, ...commands: object[]];

/** Every route: what is sent, the status, and the commands with their input besides the principal. */
const ROWS: Row[] = [
  ['POST', '/api/v1/auth/register', LOGIN, 201, { 'auth.register': { ...LOGIN, clientIp: '127.0.0.1' } }],
  ['POST', '/api/v1/auth/login', LOGIN, 200, { 'auth.login': { ...LOGIN, clientIp: '127.0.0.1' } }],
  ['POST', '/api/v1/auth/refresh', { refreshToken: 'r' }, 200, { 'auth.refresh': { refreshToken: 'r' } }],
  ['POST', '/api/v1/auth/logout', undefined, 200, { 'auth.logout': {} }],
  ['POST', '/api/v1/tasks/submit', TASK, 202, { 'tasks.submit': { tasks: [TASK] } }],
  ['POST', '/api/v1/tasks/submit', MANY, 202, { 'tasks.submit': MANY }],
  ['POST', '/api/v1/tasks/quote', TASK, 200, { 'tasks.quote': { task: TASK } }],
  ['POST', `/api/v1/tasks/${ID}/retry`, undefined, 202, { 'tasks.retry': { id: ID } }],
  ['POST', '/api/v1/tasks/cancel', { taskId: ID }, 200, { 'tasks.cancel': { id: ID } }],
  ['GET', '/api/v1/tasks', undefined, 200, { 'tasks.list': { query: { limit: 50 } } }],
  [
    'GET',
    `/api/v1/tasks?status=failed&limit=5&cursor=abc&kind=ocr&label=a%3Db&nodeId=${ID}`,
    undefined,
    200,
    { 'tasks.list': { query: { status: 'failed', limit: 5, cursor: 'abc', kind: 'ocr', label: 'a=b', nodeId: ID } } },
  ],
  ['GET', `/api/v1/tasks/${ID}`, undefined, 200, { 'tasks.get': { id: ID, withOutput: true } }],
  ['GET', `/api/v1/tasks/${ID}?waitMs=0`, undefined, 200, { 'tasks.get': { id: ID, withOutput: true } }],
  ['GET', `/api/v1/tasks/${ID}?waitMs=60000`, undefined, 200, { 'tasks.wait': { id: ID, waitMs: 60_000 } }],
  ['GET', `/api/v1/tasks/${ID}/events`, undefined, 200, { 'tasks.events': { id: ID } }],
  ['GET', `/api/v1/tasks/${ID}/input`, undefined, 200, { 'tasks.input': { id: ID } }],
  ['GET', `/api/v1/tasks/${ID}/why`, undefined, 200, { 'tasks.why': { id: ID } }],
  [
    'GET',
    `/api/v1/tasks/${ID}/receipt`,
    undefined,
    200,
    { 'tasks.receipt': { id: ID } },
    { 'settlement.receipt': { taskId: ID } },
    { 'auth.signReceipt': { networkId: 'local', receiptHash: expect.stringMatching(/^[0-9a-f]{64}$/) } },
  ],
  ['POST', '/api/v1/nodes/register', { publicKey: KEY, name: 'n' }, 201, { 'nodes.register': { request: { publicKey: KEY, name: 'n' } } }],
  ['POST', `/api/v1/nodes/${ID}/mode`, { mode: 'drain' }, 200, { 'nodes.setMode': { id: ID, mode: 'drain' } }],
  [
    'GET',
    '/api/v1/nodes?mine=true&status=online',
    undefined,
    200,
    { 'nodes.list': { query: { limit: 50, mine: true, status: 'online' } } },
  ],
  ['GET', '/api/v1/nodes/stats', undefined, 200, { 'nodes.stats': {} }],
  ['GET', `/api/v1/nodes/${ID}`, undefined, 200, { 'nodes.get': { id: ID } }],
  ['GET', `/api/v1/nodes/${ID}/status`, undefined, 200, { 'nodes.get': { id: ID } }, { 'tasks.nodeEarnings': { nodeId: ID } }],
  ['GET', `/api/v1/nodes/${ID}/why`, undefined, 200, { 'nodes.why': { id: ID } }],
  ['GET', '/api/v1/user/profile', undefined, 200, { 'auth.getProfile': {} }],
  ['PATCH', '/api/v1/user/profile', { name: 'Ada' }, 200, { 'auth.updateProfile': { update: { name: 'Ada' } } }],
  ['GET', '/api/v1/user/billing?reason=hold', undefined, 200, { 'rewards.billing': { query: { limit: 50, reason: 'hold' } } }],
  ['GET', '/api/v1/user/api-keys', undefined, 200, { 'auth.listApiKeys': {} }],
  ['POST', '/api/v1/user/api-keys', { name: 'k' }, 201, { 'auth.createApiKey': { request: { name: 'k' } } }],
  ['DELETE', `/api/v1/user/api-keys/${ID}`, undefined, 200, { 'auth.revokeApiKey': { id: ID } }],
  ['GET', '/api/v1/network/stats', undefined, 200, { 'monitoring.stats': {} }],
  ['GET', '/api/v1/network/queues', undefined, 200, { 'tasks.stats': {} }],
  ['GET', '/api/v1/network/history', undefined, 200, { 'monitoring.history': { minutes: 60 } }],
  ['GET', '/api/v1/network/history?minutes=5', undefined, 200, { 'monitoring.history': { minutes: 5 } }],
  ['GET', '/api/v1/network/health', undefined, 200, { 'monitoring.health': {} }],
  ['GET', '/api/v1/network/kinds', undefined, 200, { 'nodes.models': {} }, { 'rewards.prices': {} }],
  ['GET', '/api/v1/network/price', undefined, 200, { 'prices.current': {} }],
  ['GET', '/api/v1/network/ledger', undefined, 200, { 'rewards.audit': {} }],
  ['GET', '/api/v1/network/keys', undefined, 200, { 'auth.networkKeys': {} }],
  ['GET', '/api/v1/settlement', undefined, 200, { 'settlement.status': {} }],
  ['GET', '/api/v1/settlement/token', undefined, 200, { 'settlement.token': {} }],
  ['GET', '/api/v1/settlement/batches?state=final', undefined, 200, { 'settlement.batches': { query: { limit: 50, state: 'final' } } }],
  ['GET', '/api/v1/settlement/batches/7', undefined, 200, { 'settlement.batch': { number: 7 } }],
  [
    'GET',
    '/api/v1/settlement/batches/7/leaves?tree=rewards&cursor=50',
    undefined,
    200,
    { 'settlement.leaves': { number: 7, query: { limit: 50, tree: 'rewards', cursor: '50' } } },
  ],
  ['GET', '/api/v1/settlement/accounts/ann.near', undefined, 200, { 'settlement.account': { accountId: 'ann.near' } }],
  [
    'GET',
    '/api/v1/settlement/accounts/ann.near/history?limit=5',
    undefined,
    200,
    { 'settlement.history': { accountId: 'ann.near', query: { limit: 5 } } },
  ],
  ['POST', '/api/v1/user/claims', {}, 202, { 'settlement.claim': { request: {} } }],
  ['POST', '/api/v1/user/claims', { accountId: 'ann.near' }, 202, { 'settlement.claim': { request: { accountId: 'ann.near' } } }],
  ['GET', '/api/v1/user/claims', undefined, 200, { 'settlement.listClaims': { query: { limit: 50 } } }],
  ['GET', `/api/v1/user/claims/${ID}`, undefined, 200, { 'settlement.getClaim': { id: ID } }],
  ['GET', '/api/v1/user/near-account', undefined, 200, { 'settlement.linkedAccount': {} }],
  ['POST', '/api/v1/user/near-account', LINK, 200, { 'settlement.linkAccount': { link: LINK } }],
  ['POST', `/api/v1/users/${ID}/roles`, { roles: ['admin'] }, 200, { 'auth.setRoles': { userId: ID, roles: ['admin'] } }],
  ['GET', '/api/v1/users', undefined, 200, { 'auth.listUsers': { query: { limit: 50 } } }],
  [
    'GET',
    `/api/v1/users?search=Ada%20L&role=operator&limit=5&cursor=${ID}`,
    undefined,
    200,
    { 'auth.listUsers': { query: { search: 'Ada L', role: 'operator', limit: 5, cursor: ID } } },
  ],
  ['GET', '/api/v1/audit/chain', undefined, 200, { 'auth.auditChain': {} }],
  ['GET', '/api/v1/audit/chain/entries?cursor=2', undefined, 200, { 'auth.auditRecords': { query: { limit: 50, cursor: '2' } } }],
  ['GET', '/api/v1/audit', undefined, 200, { 'auth.auditLog': { query: { limit: 50 } } }],
  [
    'GET',
    `/api/v1/audit?actor=ada@example.org&action=role.granted&subject=${ID}&after=2026-01-01T00:00:00Z&before=2026-02-01T00:00:00Z`,
    undefined,
    200,
    {
      'auth.auditLog': {
        query: {
          limit: 50,
          actor: 'ada@example.org',
          action: 'role.granted',
          subject: ID,
          after: '2026-01-01T00:00:00Z',
          before: '2026-02-01T00:00:00Z',
        },
      },
    },
  ],
  ['GET', '/health', undefined, 200],
  ['GET', '/ready', undefined, 200],
  ['GET', '/', undefined, 200],
];

/** The route's own path. */
function patternOf(url: string): string | undefined {
  return url.split('?')[0]?.replace(ID, ':id').replace('/7', '/:number').replace('ann.near', ':accountId');
}

describe('routes', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  beforeEach(() => {
    world.calls.length = 0;
  });
  afterAll(() => world.close());

  it.each(ROWS)('%s %s %j', async (method, url, payload, status, ...commands) => {
    const headers = world.as(['admin']);
    const answer = await world.app.inject({ method, url, ...(payload ? { payload } : {}), headers });
    expect(answer.statusCode, answer.body).toBe(status);
    expect(world.calls.map(({ name, input }) => ({ [name]: withoutPrincipal(input) }))).toEqual(commands);
    const path = patternOf(url);
    const schema = world.routes.find((r) => r.url === path && r.method === method)?.schema as Documented | undefined;
    const documented = schema?.response[status]?.content['application/json'].schema as TSchema;
    expect([...Value.Errors(documented, answer.json())]).toEqual([]);
  });

  it('are all tried above', () => {
    const tried = new Set(ROWS.map(([method, url]) => `${method} ${patternOf(url)}`));
    const shown = world.routes.filter(
      ({ schema, method, url }) => !(schema as { hide?: boolean }).hide && method !== 'HEAD' && !url.startsWith('/v1'),
    );
    expect(shown.map(({ method, url }) => `${method} ${url}`).filter((r) => !tried.has(r))).toEqual([]);
  });

  it('pass the idempotency key on, and refuse a wrong one', async () => {
    const submit = (key: string) =>
      world.app.inject({
        method: 'POST',
        url: '/api/v1/tasks/submit',
        payload: TASK,
        headers: { ...world.as(['requester']), 'idempotency-key': key },
      });
    expect((await submit('order 17')).statusCode).toBe(202);
    expect(world.calls[0]?.input).toMatchObject({ idempotencyKey: 'order 17' });
    for (const wrong of ['', 'x'.repeat(201), 'é']) expect((await submit(wrong)).statusCode).toBe(400);
    expect(world.calls).toHaveLength(1);
  });

  it('pass the principal on', async () => {
    await world.app.inject({ url: '/api/v1/user/profile', headers: world.as(['operator'], ['account:read']) });
    expect(world.calls[0]?.input).toMatchObject({ principal: { roles: ['operator'], scopes: ['account:read'], via: 'api-key' } });
  });

  it('answer a single submission with the task itself and many with a list', async () => {
    const submit = (payload: object) =>
      world.app.inject({ method: 'POST', url: '/api/v1/tasks/submit', payload, headers: world.as(['requester']) });
    expect((await submit(TASK)).json()).toMatchObject({ id: ID });
    expect((await submit(MANY)).json().tasks).toHaveLength(2);
    expect((await submit({ tasks: Array.from({ length: 1_001 }, () => TASK) })).statusCode).toBe(400);
  });

  it('speak of the alternative that the body means to be', async () => {
    const submit = (payload: object) =>
      world.app.inject({ method: 'POST', url: '/api/v1/tasks/submit', payload, headers: world.as(['requester']) });
    const one = (await submit({ ...TASK, timeoutMs: 1 })).json();
    expect(one.error.details.problems).toEqual([expect.objectContaining({ path: '/timeoutMs' })]);
    const many = (await submit({ tasks: [TASK, { kind: 'ocr' }] })).json();
    expect(many.error.details.problems).toEqual([expect.objectContaining({ path: '/tasks/1', missingProperty: 'input' })]);
  });

  it('answer the kinds with schemas, models and prices', async () => {
    const { items } = (await world.app.inject('/api/v1/network/kinds')).json();
    expect(items.map((item: { kind: string }) => item.kind)).toContain('ocr');
    expect(items[0]).toMatchObject({ kind: 'embeddings', models: [{ model: 'use-lite', online: 1 }], yoctoPerUnit: { '*': '1' } });
    expect(items[0].inputSchema.properties.texts.type).toBe('array');
  });

  it('tell a node where to open its session', async () => {
    const payload = { publicKey: KEY, name: 'n' };
    const headers = { ...world.as(['operator']), host: 'deai.example.org:8080' };
    const here = await world.app.inject({ method: 'POST', url: '/api/v1/nodes/register', payload, headers });
    expect(here.json().sessionUrl).toBe('ws://deai.example.org:8080/api/v1/nodes/session');
    const other = await createWorld({ config: { publicUrl: 'https://api.example.org' } });
    const there = await other.app.inject({ method: 'POST', url: '/api/v1/nodes/register', payload, headers: other.as(['operator']) });
    expect(there.json().sessionUrl).toBe('wss://api.example.org/api/v1/nodes/session');
    await other.close();
    const apart = await createWorld({ config: { publicUrl: 'https://api.example.org', nodesUrl: 'https://nodes.example.org' } });
    const away = await apart.app.inject({ method: 'POST', url: '/api/v1/nodes/register', payload, headers: apart.as(['operator']) });
    expect(away.json().sessionUrl).toBe('wss://nodes.example.org/api/v1/nodes/session');
    await apart.close();
  });

  it('combine a node with its earnings', async () => {
    const status = await world.app.inject({ url: `/api/v1/nodes/${ID}/status`, headers: world.as(['operator']) });
    expect(status.json()).toMatchObject({ id: ID, tasks: { running: 1, completed: 5, failed: 2 }, earnedYocto: '7' });
  });

  it('answer every error with its status and shape', async () => {
    const headers = world.as(['requester']);
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      world.answer('tasks.why', () => {
        throw new DeaiError(code, { fact: 1 });
      });
      const answer = await world.app.inject({ url: `/api/v1/tasks/${ID}/why`, headers });
      expect(answer.statusCode).toBe(ERRORS[code].status);
      expect(Value.Check(ErrorResponse, answer.json())).toBe(true);
      expect(answer.json().error).toMatchObject({ code, details: { fact: 1 }, requestId: answer.headers['x-request-id'] });
      const mayRetry = [429, 503, 504].includes(answer.statusCode);
      expect(answer.headers['retry-after']).toBe(mayRetry ? '1' : undefined);
    }
  });

  it('say nothing of an unexpected error but the request id', async () => {
    world.answer('tasks.events', () => {
      throw new Error('secret');
    });
    const answer = await world.app.inject({ url: `/api/v1/tasks/${ID}/events`, headers: world.as(['requester']) });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret');
  });

  it('take bodies up to their limits and answer 413 above', async () => {
    const send = (url: string, bytes: number) =>
      world.app.inject({
        method: 'POST',
        url,
        payload: { kind: 'ocr', input: { image: 'A'.repeat(bytes) } },
        headers: world.as(['admin']),
      });
    expect((await send('/api/v1/tasks/submit', 5_000_000)).statusCode).toBe(202);
    expect((await send('/api/v1/tasks/submit', 17_000_000)).statusCode).toBe(413);
    expect((await send('/api/v1/user/api-keys', 66_000)).json()).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
  });

  it('refuse other methods with 405 and what they take', async () => {
    const refused = await world.app.inject({ method: 'PUT', url: '/api/v1/tasks' });
    expect(refused.statusCode).toBe(405);
    expect(refused.headers.allow).toBe('GET, HEAD');
    expect((await world.app.inject('/api/v1/tasks/submit')).json()).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } });
    expect((await world.app.inject('/api/v1/nothing')).json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });
});

interface Documented {
  response: Record<number, { content: { 'application/json': { schema: object } } }>;
}

function withoutPrincipal(input: unknown): object {
  const { principal: _principal, ...rest } = input as { principal?: unknown };
  return rest;
}
