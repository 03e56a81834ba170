import { type AddressInfo, connect } from 'node:net';
import { DeaiError } from '@deai/protocol';
import Type from 'typebox';
import { expect, test } from 'vitest';
import { createHttpApp } from './http-app.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';

async function app() {
  const made = await createHttpApp({
    logger: createLogger({ level: 'silent', pretty: false }),
    metrics: createMetrics(),
    bodyLimit: 100,
    maxFrameBytes: 100,
    trustProxy: false,
  });
  made.post(
    '/echo',
    { schema: { body: Type.Object({ n: Type.Integer() }, { additionalProperties: false }) } },
    async (request) => request.body,
  );
  made.get('/query', { schema: { querystring: Type.Object({ n: Type.Integer() }) } }, async (request) => request.query);
  made.get('/throws', async () => {
    throw new TypeError('secret detail');
  });
  made.get('/busy', async () => {
    throw new DeaiError('OVERLOADED', { retryAfterS: 7 });
  });
  made.get('/late', async () => {
    throw new DeaiError('TIMEOUT');
  });
  return made;
}
const post = { method: 'POST', url: '/echo' } as const;
const json = { 'content-type': 'application/json' };

test.each([
  ['no JSON', { ...post, headers: json, payload: '{' }, 400, 'INVALID_JSON'],
  ['an empty body', { ...post, headers: json, payload: '' }, 400, 'INVALID_JSON'],
  ['a wrong type, uncoerced', { ...post, headers: json, payload: '{"n":"1"}' }, 400, 'INVALID_INPUT'],
  ['an unknown field', { ...post, headers: json, payload: '{"n":1,"m":2}' }, 400, 'INVALID_INPUT'],
  ['another media type', { ...post, headers: { 'content-type': 'text/plain' }, payload: 'n' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['too large a body', { ...post, headers: json, payload: JSON.stringify({ n: 1, pad: 'x'.repeat(200) }) }, 413, 'PAYLOAD_TOO_LARGE'],
  ['an unknown address', { method: 'GET', url: '/nothing' } as const, 404, 'NOT_FOUND'],
  ['a broken address', { method: 'GET', url: '/%E0%A4%A' } as const, 404, 'NOT_FOUND'],
  ['a bug', { method: 'GET', url: '/throws' } as const, 500, 'INTERNAL'],
])('answers %s in the documented shape', async (_what, request, status, code) => {
  const answer = await (await app()).inject(request);
  expect(answer.statusCode).toBe(status);
  expect(answer.json().error).toMatchObject({ code });
  expect(answer.body).not.toContain('secret detail');
});

test.each([
  ['nonsense', 'HELLO\r\n\r\n', 400, 'INVALID_INPUT'],
  ['endless headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
])('answers %s on the wire in the documented shape', async (_what, bytes, status, code) => {
  const made = await app();
  await made.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect((made.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(bytes);
  const answer = (await socket.toArray()).join('');
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(answer.slice(answer.indexOf('{'))).error.code).toBe(code);
  await made.close();
});

test('answers a parameter that is too long as an unknown address', async () => {
  const made = await app();
  made.get('/things/:id', async () => 'found');
  expect((await made.inject(`/things/${'x'.repeat(300)}`)).json().error.code).toBe('NOT_FOUND');
});

test('takes numbers from the URL as numbers', async () => {
  expect((await (await app()).inject('/query?n=5')).json()).toEqual({ n: 5 });
});

test('says when to come back', async () => {
  const answer = await (await app()).inject('/busy');
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '7']);
  const late = await (await app()).inject('/late');
  expect([late.statusCode, late.headers['retry-after']]).toEqual([504, '1']);
});

test("keeps a caller's request id when it is a sane one, and makes one otherwise", async () => {
  const made = await app();
  const ask = async (id: string) => (await made.inject({ url: '/query?n=1', headers: { 'x-request-id': id } })).headers['x-request-id'];
  expect(await ask('caller-chosen-1')).toBe('caller-chosen-1');
  expect(await ask('<script>')).not.toBe('<script>');
});

test('counts requests by route, not by address', async () => {
  const made = await app();
  await made.inject('/query?n=1');
  await made.inject('/nothing/else');
  const text = (await made.inject('/metrics')).body;
  expect(text).toMatch(/deai_http_request_seconds_count\{method="GET",route="\/query",status="200"\} 1/);
  expect(text).not.toContain('/nothing/else');
});
