import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClientOptions, DeaiApiError, DeaiClient, TaskFailedError, type Tokens } from './index.ts';
import { refuse, startTestServer, type TestAnswer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
const clientOf = (options: Partial<ClientOptions> = {}) => new DeaiClient({ baseUrl: server.url, apiKey: 'deai_key', ...options });

beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

/** Answers in turn; the last one for ever. */
function inTurn(...answers: [TestAnswer, ...TestAnswer[]]) {
  let turn = 0;
  return () => answers[Math.min(turn++, answers.length - 1)] as TestAnswer;
}
const NOW = { 'retry-after': '0' };
const submitted = { id: 'a', status: 'pending', quoteYocto: '1', predictedStart: null };
const task = { kind: 'embeddings', input: { texts: ['x'] } };

describe('a call', () => {
  it('sends the key, and reads the answer', async () => {
    server.on('GET /user/profile', () => ({ body: { id: 'u' } }));
    await expect(clientOf().user.profile()).resolves.toEqual({ id: 'u' });
    expect(server.requests[0]?.headers.authorization).toBe('Bearer deai_key');
  });
  it('keeps a path of the base address', async () => {
    server.on('GET /net/api/v1/network/stats', () => ({ body: { activeNodes: 1 } }));
    await expect(clientOf({ baseUrl: `${server.url}/net/` }).network.stats()).resolves.toEqual({ activeNodes: 1 });
  });
  it('rejects with everything the server said', async () => {
    server.on('GET /tasks/*', () => refuse(404, 'TASK_NOT_FOUND', { id: 'a' }));
    const error = await clientOf()
      .tasks.get('a')
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DeaiApiError);
    expect(error).toMatchObject({ code: 'TASK_NOT_FOUND', status: 404, details: { id: 'a' }, requestId: 'test-request', retryable: false });
  });
  it('says so when the address is not a network', async () => {
    server.on('GET /network/stats', () => ({ text: '<html>' }));
    await expect(clientOf().network.stats()).rejects.toMatchObject({ code: 'INVALID_RESPONSE', retryable: false });
    expect(() => clientOf({ baseUrl: 'localhost:80' })).toThrow(TypeError);
  });
  it('names the reason when nothing listens', async () => {
    const client = clientOf({ retries: 0 });
    await server.close();
    await expect(client.network.stats()).rejects.toMatchObject({ code: 'CONNECTION_FAILED', status: 0, message: /ECONNREFUSED/ });
  });
});

describe('retries', () => {
  it.each([429, 503, 504])('repeat after %i', async (status) => {
    server.on('GET /network/stats', inTurn(refuse(status, 'X', undefined, NOW), refuse(status, 'X', undefined, NOW), { body: { ok: 1 } }));
    await expect(clientOf().network.stats()).resolves.toEqual({ ok: 1 });
    expect(server.requests).toHaveLength(3);
  });
  it('repeat after a cut connection', async () => {
    server.on('GET /network/stats', inTurn('cut', { body: { ok: 1 } }));
    await expect(clientOf().network.stats()).resolves.toEqual({ ok: 1 });
  });
  it('end after the number asked for, with the last error', async () => {
    server.on('GET /network/stats', () => refuse(503, 'OVERLOADED', undefined, NOW));
    await expect(clientOf({ retries: 2 }).network.stats()).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
    expect(server.requests).toHaveLength(3);
  });
  it('leave other errors alone', async () => {
    server.on('GET /network/stats', () => refuse(500, 'INTERNAL'));
    await expect(clientOf().network.stats()).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(server.requests).toHaveLength(1);
  });
  it('wait as long as Retry-After says', async () => {
    server.on('GET /network/stats', inTurn(refuse(429, 'RATE_LIMITED', undefined, { 'retry-after': '1' }), {}));
    const begun = performance.now();
    await clientOf().network.stats();
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
  });
  it('do not start a wait that goes beyond the limit of the call', async () => {
    server.on('GET /network/stats', () => refuse(429, 'RATE_LIMITED', undefined, { 'retry-after': '60' }));
    await expect(clientOf({ timeoutMs: 5_000 }).network.stats()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 60_000 });
    expect(server.requests).toHaveLength(1);
  });
  it('do not make a second API key when the answer to the first was lost', async () => {
    server.on('POST /user/api-keys', () => 'cut');
    await expect(clientOf().user.apiKeys.create({ name: 'k' })).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    expect(server.requests).toHaveLength(1);
    server.on('POST /user/api-keys', inTurn(refuse(503, 'OVERLOADED', undefined, NOW), { body: { key: 'deai_x' } }));
    await expect(clientOf().user.apiKeys.create({ name: 'k' })).resolves.toEqual({ key: 'deai_x' });
  });
});

describe('limits', () => {
  it('end a call that gets no answer', async () => {
    server.on('GET /network/stats', () => 'silence');
    await expect(clientOf({ timeoutMs: 50 }).network.stats()).rejects.toMatchObject({ code: 'CLIENT_TIMEOUT', retryable: true });
  });
  it('end a call at its signal, with its reason', async () => {
    server.on('GET /network/stats', () => 'silence');
    const controller = new AbortController();
    const call = clientOf().network.stats({ signal: controller.signal });
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });
  it('end the pause between tries at the signal', async () => {
    server.on('GET /network/stats', () => refuse(503, 'OVERLOADED', undefined, { 'retry-after': '20' }));
    const controller = new AbortController();
    const call = clientOf().network.stats({ signal: controller.signal });
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(server.requests).toHaveLength(1);
  });
});

describe('a session', () => {
  const stale: Tokens = { accessToken: 'old', refreshToken: 'r1' };
  const fresh: Tokens = { accessToken: 'new', refreshToken: 'r2' };
  const protect = () =>
    server.on('GET /user/profile', ({ headers }) =>
      headers.authorization === 'Bearer new' ? { body: { id: 'u' } } : refuse(401, 'TOKEN_EXPIRED'),
    );

  it('refreshes an expired token once for all calls under way', async () => {
    protect();
    server.on('POST /auth/refresh', () => ({ body: { ...fresh, expiresIn: 900 } }));
    const onTokens = vi.fn();
    const client = clientOf({ tokens: stale, onTokens });
    const profiles = await Promise.all(Array.from({ length: 20 }, () => client.user.profile()));
    expect(profiles).toHaveLength(20);
    expect(server.seen('POST /auth/refresh').map(({ body }) => body)).toEqual([{ refreshToken: 'r1' }]);
    expect(onTokens.mock.calls).toEqual([[fresh]]);
    expect(client.tokens).toEqual(fresh);
  });
  it('is over when the refresh is refused: tokens are dropped and the reason is given', async () => {
    protect();
    server.on('POST /auth/refresh', () => refuse(401, 'REFRESH_TOKEN_REUSED'));
    const onTokens = vi.fn();
    const client = clientOf({ tokens: stale, onTokens, apiKey: undefined });
    await expect(client.user.profile()).rejects.toMatchObject({ code: 'REFRESH_TOKEN_REUSED' });
    expect(onTokens.mock.calls).toEqual([[undefined]]);
    expect(client.tokens).toBeUndefined();
  });
  it('does not send a refresh token twice when the answer was lost, and keeps the session', async () => {
    protect();
    server.on('POST /auth/refresh', () => 'cut');
    const client = clientOf({ tokens: stale });
    await expect(client.user.profile()).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    expect(client.tokens).toEqual(stale);
    expect(server.seen('POST /auth/refresh')).toHaveLength(1);
  });
  it('takes the pair that another client of the session fetched', async () => {
    protect();
    const client = clientOf({ tokens: stale, aroundRefresh: async () => fresh });
    await expect(client.user.profile()).resolves.toEqual({ id: 'u' });
    expect(server.seen('POST /auth/refresh')).toHaveLength(0);
  });
  it('gives up when the new token is refused too', async () => {
    server.on('GET /user/profile', () => refuse(401, 'TOKEN_EXPIRED'));
    server.on('POST /auth/refresh', () => ({ body: fresh }));
    await expect(clientOf({ tokens: stale }).user.profile()).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(server.requests).toHaveLength(3);
  });
  it('begins with a login and ends with a logout, also one the server refuses', async () => {
    server.on('POST /auth/login', () => ({ body: { ...fresh, user: { id: 'u' } } }));
    server.on('POST /auth/logout', () => refuse(401, 'UNAUTHENTICATED'));
    const client = clientOf({ apiKey: undefined });
    await client.auth.login({ email: 'a@b.c', password: 'p' });
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
    expect(client.tokens).toEqual(fresh);
    await client.auth.logout();
    expect(server.requests[1]?.headers.authorization).toBe('Bearer new');
    expect(client.tokens).toBeUndefined();
  });
});

describe('submitting', () => {
  it('retries an ended task under one key for all tries of the call', async () => {
    server.on('POST /tasks/*/retry', inTurn('cut', { status: 202, body: submitted }));
    await expect(clientOf().tasks.retry('old')).resolves.toEqual(submitted);
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
    await clientOf().tasks.retry('old', { idempotencyKey: 'mine' });
    expect(server.requests.at(-1)).toMatchObject({ route: 'POST /tasks/old/retry', headers: { 'idempotency-key': 'mine' } });
  });
  it('repeats with the same idempotency key, and takes a new one for a new call', async () => {
    server.on('POST /tasks/submit', inTurn('cut', refuse(503, 'OVERLOADED', undefined, NOW), { status: 202, body: submitted }));
    const client = clientOf();
    await expect(client.tasks.submit(task)).resolves.toEqual(submitted);
    await client.tasks.submit(task);
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[3]).not.toBe(keys[0]);
  });
  it('sends many in requests of 1,000, each with a key of its own that follows from the given one', async () => {
    server.on('POST /tasks/submit', ({ body }) => ({
      body: { tasks: body.tasks.map((t: { labels: object }) => ({ ...submitted, ...t.labels })) },
    }));
    const tasks = Array.from({ length: 2_001 }, (_, i) => ({ ...task, labels: { id: String(i) } }));
    const answers = await clientOf().tasks.submitMany(tasks, { idempotencyKey: 'run-7' });
    expect(answers.map(({ id }) => id)).toEqual(tasks.map(({ labels }) => labels.id));
    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['run-7', 'run-7-1', 'run-7-2']);
  });
  it('runs a task to its output', async () => {
    server.on('POST /tasks/submit', () => ({ body: submitted }));
    const running = { id: 'a', status: 'in_progress', progress: 0.5, attempt: 1 };
    server.on(
      'GET /tasks/*',
      inTurn({ body: running }, { body: { ...running, status: 'completed', progress: 1, output: { text: 'hi', confidence: 90 } } }),
    );
    const updates: number[] = [];
    const result = await clientOf().run(
      'ocr',
      { image: 'AAAA' },
      { task: { priority: 'high' }, onUpdate: ({ progress }) => updates.push(progress) },
    );
    expect(result.output.text).toBe('hi');
    expect(updates).toEqual([0.5, 1]);
    expect(server.requests[0]?.body).toEqual({ kind: 'ocr', input: { image: 'AAAA' }, priority: 'high' });
    expect(server.requests[1]?.query.get('waitMs')).toBe('1000');
  });
  it('throws the failed task', async () => {
    server.on('POST /tasks/submit', () => ({ body: submitted }));
    const error = { code: 'EXECUTION_TIMEOUT', message: 'too slow' };
    server.on('GET /tasks/*', () => ({ body: { id: 'a', status: 'failed', progress: 0, attempt: 3, error } }));
    const thrown = await clientOf()
      .run({ kind: 'ocr', input: {} })
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(TaskFailedError);
    expect(thrown).toMatchObject({ code: 'EXECUTION_TIMEOUT', message: 'too slow', task: { attempt: 3 } });
  });
});

describe('the input of a task', () => {
  it('comes as it was submitted, or with the reason why there is none', async () => {
    server.on('GET /tasks/*/input', inTurn({ body: task.input }, refuse(410, 'TASK_INPUT_GONE')));
    await expect(clientOf().tasks.input('a/b')).resolves.toEqual(task.input);
    expect(server.requests.at(-1)?.route).toBe('GET /tasks/a%2Fb/input');
    await expect(clientOf().tasks.input('a')).rejects.toMatchObject({ code: 'TASK_INPUT_GONE', status: 410, retryable: false });
  });
});

describe('waiting', () => {
  it('asks the server to hold the answer, never beyond the limit, and then says that the task goes on', async () => {
    server.on('GET /tasks/*', () => ({ body: { id: 'a', status: 'pending', progress: 0, attempt: 0 } }));
    await expect(clientOf().tasks.wait('a', { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'CLIENT_TIMEOUT',
      details: { taskId: 'a', status: 'pending' },
    });
    expect(server.requests.length).toBeLessThanOrEqual(3);
    for (const { query } of server.requests) expect(Number(query.get('waitMs'))).toBeLessThanOrEqual(300);
  });
  it('ends at its signal', async () => {
    server.on('GET /tasks/*', () => 'silence');
    const controller = new AbortController();
    const wait = clientOf().tasks.wait('a', { signal: controller.signal });
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    controller.abort(new Error('enough'));
    await expect(wait).rejects.toThrow('enough');
  });
});

describe('listings', () => {
  const pages: Record<string, object> = {
    '': { items: [{ id: 1 }, { id: 2 }], nextCursor: 'c1' },
    c1: { items: [{ id: 3 }], nextCursor: null },
  };
  beforeEach(() => server.on('GET /tasks', ({ query }) => ({ body: pages[query.get('cursor') ?? ''] })));

  it('go through all pages, item by item, with their filters', async () => {
    const ids = [];
    for await (const { id } of clientOf().tasks.list({ status: 'failed', limit: 2 })) ids.push(id);
    expect(ids).toEqual([1, 2, 3]);
    expect(server.requests.map(({ query }) => query.toString())).toEqual(['status=failed&limit=2', 'status=failed&limit=2&cursor=c1']);
  });
  it('of administrators ask for users and the audit log', async () => {
    const page = { items: [{ id: 1 }], nextCursor: null };
    server.on('GET /users', () => ({ body: page }));
    server.on('GET /audit', () => ({ body: page }));
    const { admin } = clientOf();
    expect(await admin.users({ search: 'Ada L', role: 'admin' }).page()).toEqual(page);
    expect(await admin.audit({ actor: 'ada@example.org', action: 'role.granted' }).page('c1')).toEqual(page);
    expect(server.requests.map(({ route, query }) => `${route}?${query}`)).toEqual([
      'GET /users?search=Ada+L&role=admin',
      'GET /audit?actor=ada%40example.org&action=role.granted&cursor=c1',
    ]);
  });
  it('of administrators verify the audit log', async () => {
    const zeros = '0'.repeat(64);
    let last = 0;
    server.on('GET /audit/chain', () => ({ body: { first: 1, anchor: zeros, last, head: zeros } }));
    server.on('GET /audit/chain/entries', () => ({ body: { items: [], nextCursor: null } }));
    const { admin } = clientOf();
    expect(await admin.verifyAudit()).toEqual({ valid: true, first: 1, last: 0, head: zeros, problem: null, noted: null });
    last = 1;
    expect(await admin.verifyAudit()).toMatchObject({ valid: false, problem: { number: 1, kind: 'missing' } });
    expect(server.requests[1]).toMatchObject({ route: 'GET /audit/chain/entries' });
    expect(server.requests[1]?.query.toString()).toBe('limit=500');
  });

  it('fetch no page that nobody asks for', async () => {
    for await (const page of clientOf().tasks.list().pages()) {
      expect(page.items).toHaveLength(2);
      break;
    }
    await expect(clientOf().tasks.list().page('c1')).resolves.toEqual(pages.c1);
    expect(server.requests).toHaveLength(2);
  });
});
