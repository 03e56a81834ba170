import { once } from 'node:events';
import { connect } from 'node:net';
import { DeaiError, OpenAiError, type Task } from '@deai/protocol';
import OpenAI from 'openai';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { task } from '../testing/answers.ts';
import { createWorld, type World } from '../testing/world.ts';
import { encodeVector } from './vectors.ts';

const VECTORS: Record<string, number[]> = { one: [0.25, -1.5], two: [3, 4] };

describe("OpenAI's own client", () => {
  let world: World;
  let client: OpenAI;
  beforeEach(async () => {
    world = await createWorld({ config: { openaiTimeoutMs: 5_000 } });
    answerEmbeddings(world);
    client = await clientOf(world);
  });
  afterEach(() => world.close());

  it('embeds one text with its defaults', async () => {
    const { data, model, usage } = await client.embeddings.create({ model: 'use-lite', input: 'one' });
    expect(data).toEqual([{ object: 'embedding', index: 0, embedding: VECTORS.one }]);
    expect({ model, usage }).toEqual({ model: 'use-lite', usage: { prompt_tokens: 1, total_tokens: 1 } });
    expect(submitted(world)).toEqual([{ kind: 'embeddings', model: 'use-lite', input: { texts: ['one'], encoding: 'base64' } }]);
  });

  it('embeds many texts, in order, as numbers or base64', async () => {
    const input = ['two', 'one'];
    const numbers = await client.embeddings.create({ model: 'use-lite', input, encoding_format: 'float' });
    expect(numbers.data.map(({ index, embedding }) => [index, embedding])).toEqual([
      [0, VECTORS.two],
      [1, VECTORS.one],
    ]);
    const text = await client.embeddings.create({ model: 'use-lite', input, encoding_format: 'base64' });
    expect(text.data.map(({ embedding }) => embedding as unknown)).toEqual([encodeVector([3, 4]), encodeVector([0.25, -1.5])]);
  });

  it('lists models and finds one', async () => {
    expect((await client.models.list()).data).toEqual([{ id: 'use-lite', object: 'model', created: 0, owned_by: 'deai' }]);
    expect((await client.models.retrieve('use-lite')).id).toBe('use-lite');
    await expect(client.models.retrieve('text-embedding-3-small')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });

  it('sees new models as soon as nodes offer them', async () => {
    await client.models.list();
    world.answer('nodes.models', () => ({ items: [{ kind: 'chat', model: 'new', online: 1, registered: 1 }] }));
    world.bus.publish('nodes.offersChanged', { atMs: Date.now() });
    await vi.waitFor(async () => expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['new']));
  });

  it('gets its own errors', async () => {
    world.answer('tasks.submit', ({ tasks }) => {
      throw new DeaiError(tasks[0]?.model === 'use-lite' ? 'INSUFFICIENT_FUNDS' : 'NO_CAPABLE_NODE');
    });
    const embed = (model: string, rest: object = {}) => client.embeddings.create({ model, input: 'one', ...rest });
    const unknown = await embed('text-embedding-3-small').catch((error: unknown) => error);
    expect(unknown).toBeInstanceOf(OpenAI.NotFoundError);
    expect(unknown).toMatchObject({ code: 'model_not_found', param: 'model', type: 'invalid_request_error' });
    expect((unknown as InstanceType<typeof OpenAI.APIError>).requestID).toMatch(/^[0-9a-f-]{36}$/);
    await expect(embed('use-lite')).rejects.toMatchObject({ status: 402, code: 'insufficient_quota' });
    await expect(embed('use-lite', { dimensions: 8 })).rejects.toMatchObject({ status: 400, param: 'dimensions' });
    await expect(embed('use-lite', { input: [] })).rejects.toMatchObject({ status: 400, param: 'input' });
    const stranger = await clientOf(world, 'deai_wrong');
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('gets what the task failed of', async () => {
    world.answer('tasks.wait', () => ({ ...task, status: 'failed', error: { code: 'EXECUTION_TIMEOUT', message: 'too slow' } }));
    await expect(client.embeddings.create({ model: 'use-lite', input: 'one' })).rejects.toMatchObject({
      status: 504,
      code: 'execution_timeout',
    });
    world.answer('tasks.wait', () => ({ ...task, status: 'failed', error: { code: 'NEVER_HEARD_OF', message: 'x' } }));
    await expect(client.embeddings.create({ model: 'use-lite', input: 'one' })).rejects.toMatchObject({ code: 'execution_failed' });
  });
});

describe('an embeddings request that takes too long', () => {
  let world: World;
  afterEach(() => world.close());
  const ask = () =>
    world.app.inject({
      method: 'POST',
      url: '/v1/embeddings',
      payload: { model: 'use-lite', input: 'one' },
      headers: world.as(['requester']),
    });
  const cancels = () => world.calls.filter(({ name }) => name === 'tasks.cancel');

  it('is answered 504 and its task cancelled when the time is up', async () => {
    world = await createWorld({ config: { openaiTimeoutMs: 100 } });
    world.answer('tasks.wait', ({ waitMs }) => new Promise<Task>((resolve) => setTimeout(resolve, waitMs, { ...task, status: 'pending' })));
    const answer = await ask();
    expect(answer.statusCode).toBe(504);
    expect(Value.Check(OpenAiError, answer.json())).toBe(true);
    expect(answer.json().error).toMatchObject({ type: 'server_error', code: 'timeout' });
    expect(cancels()).toHaveLength(1);
  });

  it('is answered after all when the task ended before it could be cancelled', async () => {
    world = await createWorld({ config: { openaiTimeoutMs: 50 } });
    world.answer('tasks.wait', ({ waitMs }) => new Promise<Task>((resolve) => setTimeout(resolve, waitMs, { ...task, status: 'pending' })));
    world.answer('tasks.cancel', () => {
      throw new DeaiError('TASK_NOT_CANCELLABLE');
    });
    world.answer('tasks.get', () => ({ ...task, output: { dimensions: 2, vectors: [encodeVector([1, 2])] } }));
    expect((await ask()).json().data[0].embedding).toEqual([1, 2]);
  });

  it('cancels its task when the wait fails', async () => {
    world = await createWorld();
    world.answer('tasks.wait', () => {
      throw new DeaiError('UNAVAILABLE');
    });
    expect((await ask()).statusCode).toBe(503);
    expect(cancels()).toHaveLength(1);
  });

  it('cancels its task when the client hangs up', async () => {
    world = await createWorld();
    const { promise: waiting, resolve: nowWaiting } = Promise.withResolvers<void>();
    const { promise: end, resolve: endTask } = Promise.withResolvers<Task>();
    world.answer('tasks.wait', () => {
      nowWaiting();
      return end;
    });
    world.answer('tasks.cancel', ({ id }) => {
      endTask({ ...task, id, status: 'cancelled' });
      return { id, status: 'cancelled' };
    });
    const base = new URL(await world.app.listen({ host: '127.0.0.1', port: 0 }));
    const body = JSON.stringify({ model: 'use-lite', input: 'one' });
    const { authorization } = world.as(['requester']);
    const socket = connect(Number(base.port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `POST /v1/embeddings HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await waiting;
    expect(cancels()).toHaveLength(0);
    socket.destroy();
    await vi.waitFor(() => expect(cancels()).toHaveLength(1));
  });
});

async function clientOf(world: World, apiKey?: string): Promise<OpenAI> {
  const baseURL = `${world.app.server.listening ? baseOf(world) : await world.app.listen({ host: '127.0.0.1', port: 0 })}/v1`;
  const { authorization } = world.as(['requester']);
  return new OpenAI({ baseURL, apiKey: apiKey ?? authorization.slice('Bearer '.length), maxRetries: 0 });
}

function baseOf(world: World): string {
  const address = world.app.server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function submitted(world: World): unknown {
  return (world.calls.find(({ name }) => name === 'tasks.submit') as { input: { tasks: unknown } }).input.tasks;
}

/** The task manager and a node in two lines: whatever was submitted last is what the wait answers. */
function answerEmbeddings(world: World): void {
  world.answer('tasks.wait', ({ id }) => {
    const last = world.calls.findLast(({ name }) => name === 'tasks.submit') as { input: { tasks: { input: { texts: string[] } }[] } };
    const vectors = (last.input.tasks[0]?.input.texts ?? []).map((text) => encodeVector(VECTORS[text] ?? []));
    return { ...task, id, output: { dimensions: 2, vectors } };
  });
}
