import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { listenLocal } from '../local/listen.ts';
import { createLaneBench, type LaneBench, outputOf } from '../testing/lane-bench.ts';

type Handler = (body: Record<string, unknown>, response: ServerResponse, request: IncomingMessage) => void;
let handler: Handler;
let seen: { url: string; authorization: string; body: Record<string, unknown> }[];
let server: { port: number; close(): Promise<void> };
let chat: LaneBench;
let embeddings: LaneBench;

beforeAll(async () => {
  server = await listenLocal(
    createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      seen.push({ url: request.url ?? '', authorization: request.headers.authorization ?? '', body });
      handler(body, response, request);
    }),
    0,
    '127.0.0.1',
  );
  const upstream = {
    baseUrl: `http://127.0.0.1:${server.port}/v1`,
    apiKey: 'upstream-key',
    chatModels: ['small'],
    embeddingModels: ['vec'],
  };
  chat = createLaneBench('chat:upstream', {}, { upstream });
  embeddings = createLaneBench('embeddings:upstream', {}, { upstream });
});
afterAll(async () => {
  chat.close();
  embeddings.close();
  await server.close();
});
beforeEach(() => {
  seen = [];
});

function stream(response: ServerResponse, chunks: object[], end = 'data: [DONE]\n\n'): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of chunks) response.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', ...chunk })}\n\n`);
  response.end(end);
}

const piece = (content: string, finish: string | null = null) => ({
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
});
const messages = [{ role: 'user', content: 'Say hello to the network.' }];

test('forwards a chat and assembles the streamed answer, with the usage the upstream reports', async () => {
  handler = (_body, response) =>
    stream(response, [
      piece('Hello, '),
      piece('network!', 'length'),
      { choices: [], usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 } },
    ]);
  const outcome = await chat.run('hello', { messages, maxTokens: 20, temperature: 0, stop: ['END'], seed: 7 });
  expect(outputOf(outcome)).toEqual({ content: 'Hello, network!', finishReason: 'length', promptTokens: 9, completionTokens: 4 });
  expect(outcome.units).toBe(7 + 4);
  expect(seen[0]).toMatchObject({
    url: '/v1/chat/completions',
    authorization: 'Bearer upstream-key',
    body: { model: 'small', messages, max_tokens: 20, temperature: 0, stop: ['END'], seed: 7 },
  });
  expect(chat.progress.get('hello')?.length).toBeGreaterThan(0);
});

test('never claims more units than the quote allows', async () => {
  handler = (_body, response) => stream(response, [piece('word '.repeat(500), 'stop')]);
  const outcome = await chat.run('long', { messages, maxTokens: 5 });
  expect(outcome.units).toBe(7 + 5);
});

test('fails when the stream stops before its end', async () => {
  handler = (_body, response) => stream(response, [piece('Half an ans')], '');
  expect(await chat.run('cut', { messages })).toMatchObject({ failure: { code: 'UPSTREAM_FAILED', cause: 'node' } });
});

test('blames the requester for a 400 and the node for a 500, without the words of the upstream', async () => {
  handler = (body, response) => {
    response.writeHead(body.max_tokens === 1 ? 400 : 500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: 'secret detail' } }));
  };
  const refused = await chat.run('refused', { messages, maxTokens: 1 });
  const broken = await chat.run('broken', { messages, maxTokens: 2 });
  expect(refused).toMatchObject({ failure: { code: 'TASK_INPUT_REJECTED', cause: 'requester' } });
  expect(broken).toMatchObject({ failure: { code: 'UPSTREAM_FAILED', cause: 'node' } });
  expect(JSON.stringify([refused, broken])).not.toContain('secret detail');
});

test('gives up at the time limit and hangs up', async () => {
  const hungUp = Promise.withResolvers<void>();
  handler = (_body, response) => response.once('close', () => hungUp.resolve());
  expect(await chat.run('slow', { messages }, 200)).toMatchObject({ failure: { code: 'EXECUTION_TIMEOUT', cause: 'node' } });
  await hungUp.promise;
});

test('a cancelled chat hangs up and gives no outcome', async () => {
  const arrived = Promise.withResolvers<void>();
  const hungUp = Promise.withResolvers<void>();
  handler = (_body, response) => {
    response.once('close', () => hungUp.resolve());
    arrived.resolve();
  };
  let ended = false;
  void chat.run('cancelled', { messages }).then(() => {
    ended = true;
  });
  await arrived.promise;
  chat.runner.cancel('cancelled');
  await hungUp.promise;
  expect(ended).toBe(false);
});

test('returns the vectors of an upstream in the order of the texts', async () => {
  handler = (_body, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const data = [1, 0].map((index) => ({ object: 'embedding', index, embedding: [index, 0.5] }));
    response.end(JSON.stringify({ object: 'list', data, model: 'vec', usage: { prompt_tokens: 2, total_tokens: 2 } }));
  };
  const outcome = await embeddings.run('vectors', { texts: ['first', 'second'] });
  expect(outputOf(outcome)).toEqual({ dimensions: 2, vectors: [[0, 0.5], [1, 0.5]] }); // biome-ignore format: one line reads best
  expect(outcome.units).toBe(4);
});
