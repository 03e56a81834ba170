import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { ERRORS, ErrorResponse, isErrorCode, newKeyPair, OpenAiError } from '@deai/protocol';
import { DeaiClient } from '@deai/sdk';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Account, registerAccount, registerNode } from './src/accounts.ts';
import { type Operation, readOperations } from './src/api-document.ts';
import { expectBalanced } from './src/books.ts';
import { startHonestNode } from './src/honest-node.ts';
import { languageTask } from './src/load.ts';
import { type NetworkProcess, startNetwork } from './src/network-process.ts';
import { anyJson, nearly, oddText, type Resolve } from './src/schema-arbitrary.ts';

const ADMIN_EMAIL = 'admin@e2e.example';
const ANSWER_MS = 5_000;
const RUNS = 120;

let network: NetworkProcess;
let admin: string;
let operator: Account;
let operations: Operation[];
let resolve: Resolve;

beforeAll(async () => {
  network = await startNetwork({ env: { DEAI_AUTH_ADMIN_EMAIL: ADMIN_EMAIL, DEAI_AUTH_LOGIN_ATTEMPTS: '1000000', DEAI_SETTLEMENT: 'on' } });
  const { url } = network;
  operator = await registerAccount(url, 'operator');
  const client = new DeaiClient({ baseUrl: url });
  await client.auth.register({ email: ADMIN_EMAIL, password: randomUUID(), roles: ['requester', 'operator'] });
  admin = (await client.user.apiKeys.create({ name: 'e2e' })).key;
  await startHonestNode(await registerNode(url, operator.apiKey), { serviceMs: 1 });
  ({ operations, resolve } = await readOperations(url));
});

interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

/** Sends a request and checks what every answer must be. */
async function expectProperAnswer({ method, path, headers, body }: Request): Promise<number> {
  const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
  const signal = AbortSignal.timeout(ANSWER_MS);
  const response = await fetch(network.url + path, {
    method,
    headers,
    signal,
    redirect: 'manual',
    ...(hasBody ? { body: body as string } : {}),
  });
  const text = await response.text();
  const { status } = response;
  expect(status, text).not.toBe(500);
  if (status > 500) expect(status, text).toBe(503);
  if (status < 400 || method === 'HEAD') return status;
  const answer = JSON.parse(text);
  if (/^\/v1(\/|$)/.test(new URL(response.url).pathname)) {
    expect(Value.Check(OpenAiError, answer), text).toBe(true);
    return status;
  }
  expect(Value.Check(ErrorResponse, answer), text).toBe(true);
  const { code } = answer.error;
  expect(isErrorCode(code) && ERRORS[code].status, text).toBe(status);
  return status;
}

const headerText = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 80 });
const credential = () =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(`Bearer ${admin}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', 'Bearer', 'Bearer ', 'Basic YWRtaW46YWRtaW4=', `bearer ${'x'.repeat(5_000)}`, 'Bearer a.b.c'),
    },
    { weight: 1, arbitrary: headerText },
  );
const odd = (text: string) => encodeURIComponent(text.toWellFormed());

function pathOf({ path, query }: Operation): fc.Arbitrary<string> {
  const parts = path.split(/(\{[^}]+\})/).map((part) => (part.startsWith('{') ? fc.oneof(oddText.map(odd), fc.uuid()) : fc.constant(part)));
  const known = fc.record(Object.fromEntries(query.map(({ name, schema }) => [name, nearly(schema, resolve)])), { requiredKeys: [] });
  const extra = fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(oddText, oddText, { maxKeys: 2 }) },
  );
  return fc.tuple(fc.tuple(...parts), known, extra).map(([parts, known, extra]) => {
    const pairs = Object.entries({ ...extra, ...known }).map(
      ([name, value]) => `${odd(name)}=${odd(typeof value === 'string' ? value : JSON.stringify(value))}`,
    );
    return parts.join('') + (pairs.length > 0 ? `?${pairs.join('&')}` : '');
  });
}

function requestOf(operation: Operation): fc.Arbitrary<Request> {
  const json = (operation.body ? nearly(operation.body, resolve) : anyJson).map((value) => JSON.stringify(value));
  const body = fc.oneof(
    { weight: 8, arbitrary: json.map((body) => ({ body, type: 'application/json' })) },
    { weight: 1, arbitrary: json.map((body) => ({ body: body.slice(0, -1), type: 'application/json' })) },
    {
      weight: 1,
      arbitrary: fc.record({
        body: fc.uint8Array({ maxLength: 200 }),
        type: fc.constantFrom('application/json', 'application/octet-stream'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        body: json,
        type: fc.constantFrom('text/plain', 'application/xml', 'multipart/form-data', 'x', 'application/json; charset=klingon'),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ body: undefined, type: 'application/json' }) },
  );
  const own = fc.record(Object.fromEntries(operation.headers.map(({ name }) => [name, headerText])), { requiredKeys: [] });
  const method = fc.oneof(
    { weight: 15, arbitrary: fc.constant(operation.method) },
    { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD') },
  );
  return fc.record({ method, path: pathOf(operation), body, own, authorization: credential(), requestId: headerText }).map((parts) => ({
    method: parts.method,
    path: parts.path,
    headers: {
      ...parts.own,
      authorization: parts.authorization.trim(),
      'content-type': parts.body.type,
      'x-request-id': parts.requestId.trim(),
    },
    body: parts.body.body,
  }));
}

test('every operation of the API document answers anything properly', async () => {
  expect(operations.length).toBeGreaterThan(25);
  const answers = new Map<number, number>();
  const failures: string[] = [];
  for (const operation of operations) {
    const property = fc.asyncProperty(requestOf(operation), async (request) => {
      const status = await expectProperAnswer(request);
      answers.set(status, (answers.get(status) ?? 0) + 1);
    });
    const report = await fc.check(property, { numRuns: RUNS, interruptAfterTimeLimit: 20_000 });
    if (report.failed) failures.push(`${operation.method} ${operation.path}: ${fc.defaultReportMessage(report)}`);
  }
  expect(failures.join('\n\n')).toBe('');
  // Without some of each, the requests would all have been turned away at the door.
  for (const status of [200, 400, 401, 404]) expect(answers.get(status) ?? 0, `answers ${JSON.stringify([...answers])}`).toBeGreaterThan(5);
}, 180_000);

describe('text that a database cannot keep', () => {
  const post = (path: string, body: unknown): Request => ({
    method: 'POST',
    path,
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const get = (path: string): Request => ({ method: 'GET', path, headers: { authorization: `Bearer ${admin}` }, body: undefined });
  const submit = (changes: object) => post('/api/v1/tasks/submit', languageTask(changes));
  const requests: [string, (odd: string) => Request][] = [
    ['the region of a task', (odd) => submit({ requirements: { region: odd } })],
    ['the model of a task', (odd) => submit({ model: odd })],
    ['the text of a task', (odd) => submit({ input: { texts: [odd] } })],
    ['the label of a task', (odd) => submit({ labels: { a: odd } })],
    ['the name of a label', (odd) => submit({ labels: { [odd]: 'a' } })],
    ['the name of a node', (odd) => post('/api/v1/nodes/register', { publicKey: newKeyPair().publicKey, name: odd })],
    ['the region of a node', (odd) => post('/api/v1/nodes/register', { publicKey: newKeyPair().publicKey, name: 'a', region: odd })],
    ['the name of a key', (odd) => post('/api/v1/user/api-keys', { name: odd })],
    ['the label that is looked for', (odd) => get(`/api/v1/tasks?label=a=${encodeURIComponent(odd.toWellFormed())}`)],
    ['the kind that is looked for', (odd) => get(`/api/v1/tasks?kind=${encodeURIComponent(odd.toWellFormed())}`)],
    ['the kind of the nodes that are looked for', (odd) => get(`/api/v1/nodes?kind=${encodeURIComponent(odd.toWellFormed())}`)],
    ['the model of an embedding', (odd) => post('/v1/embeddings', { model: odd, input: 'a' })],
    ['the model that is looked for', (odd) => get(`/v1/models/${encodeURIComponent(odd.toWellFormed())}`)],
  ];
  test.each(requests)('as %s: answered properly', async (_name, make) => {
    for (const odd of ['\u0000', 'a\u0000b', '\ud800', 'a\udc00b']) await expectProperAnswer(make(odd));
  });
});

test('addresses that nobody documented answer properly', async () => {
  const segment = fc.oneof(oddText.map(odd), fc.constantFrom('api', 'v1', 'tasks', 'nodes', '..', '.', '%2e%2e', ''));
  const path = fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`);
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
    path,
    headers: fc.constant({}),
    body: fc.constant(undefined),
  });
  await fc.assert(
    fc.asyncProperty(request, async (one) => void (await expectProperAnswer(one))),
    { numRuns: 150, endOnFailure: true },
  );
}, 60_000);

describe('bytes that are no proper HTTP', () => {
  const bad = (rest: string, body = '') => `POST /api/v1/tasks/submit HTTP/1.1\r\nhost: x\r\n${rest}\r\n\r\n${body}`;
  test.each([
    ['no request line', 'nonsense\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\n: x\r\n\r\n'],
    ['headers beyond the limit', `GET / HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(40_000)}\r\n\r\n`],
    ['two lengths', bad('content-length: 1\r\ncontent-length: 2')],
    ['a length that is no number', bad('content-length: many')],
    ['a negative length', bad('content-length: -1')],
    ['a chunk that is none', bad('transfer-encoding: chunked', 'zz\r\n')],
    ['a length and chunks', bad('content-length: 3\r\ntransfer-encoding: chunked', '0\r\n\r\n')],
    ['a body beyond the limit', bad('content-type: application/json\r\ncontent-length: 99999999999', '{')],
  ])('%s: refused in time', async (_name, bytes) => {
    const socket = connect(network.port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    // The server may cut the connection while it is being written to.
    socket.on('error', () => {});
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(ANSWER_MS) });
    socket.write(bytes);
    const refused = new Promise<void>((resolve) => socket.on('data', () => answer.includes('\r\n\r\n') && resolve()));
    await Promise.race([closed, refused]);
    socket.destroy();
    expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d .*|$)/);
  });
});

test('after all of it the network works and its books balance', async () => {
  const { url } = network;
  const requester = await registerAccount(url, 'requester');
  expect((await requester.client.run(languageTask(), { timeoutMs: 10_000 })).status).toBe('completed');
  const everybody = new DeaiClient({ baseUrl: url, apiKey: admin });
  // Some of what was sent made tasks: they end, too.
  for await (const { id, status } of everybody.tasks.list({ limit: 1_000 })) {
    if (status === 'pending' || status === 'assigned' || status === 'in_progress') await everybody.tasks.wait(id, { timeoutMs: 10_000 });
  }
  await expectBalanced(requester);
});
