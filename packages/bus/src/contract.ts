import { DeaiError } from '@deai/protocol';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bus, BusErrorListener } from './bus.ts';
import { requestContext } from './request-context.ts';

/** Any JSON value but -0, whose sign JavaScript does not write. */
const jsonValue = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/** Two ends of one bus: the same object in process, two connections over a wire. */
export interface BusPair {
  client: Bus;
  server: Bus;
}

/** What every {@link Bus} adapter must do. `makeBus` gives a fresh pair for each test; both ends report to `onError`. */
export function busContract(name: string, makeBus: (onError: BusErrorListener) => Promise<BusPair>): void {
  const open: Bus[] = [];
  const connect = async (onError: BusErrorListener = () => {}): Promise<BusPair> => {
    const pair = await makeBus(onError);
    open.push(pair.client, pair.server);
    return pair;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bus) => bus.close()));
  });

  describe(`${name}: commands`, () => {
    commandContract(connect);
  });
  describe(`${name}: failures`, () => {
    failureContract(connect);
  });
  describe(`${name}: events`, () => {
    eventContract(connect);
  });
  describe(`${name}: closing`, () => {
    closeContract(connect);
  });
}

type Connect = (onError?: BusErrorListener) => Promise<BusPair>;

function commandContract(connect: Connect): void {
  it('answers a request with what its handler returns', async () => {
    const { client, server } = await connect();
    await server.serve('nodes.cancelLeases', async () => ({}));
    await server.serve('tasks.wait', async ({ id, waitMs }) => ({ id, waitMs }) as never);
    expect(await client.request('tasks.wait', { id: 'a', waitMs: 5 } as never)).toEqual({ id: 'a', waitMs: 5 });
    expect(await client.request('nodes.cancelLeases', { nodeId: 'n', leases: [] })).toEqual({});
  });

  it('carries every JSON value unchanged, both ways', async () => {
    const { client, server } = await connect();
    const seen: unknown[] = [];
    await server.serve('tasks.quote', async (input) => {
      seen.push(input);
      return input as never;
    });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), jsonValue), async (value) => {
        expect(await client.request('tasks.quote', value as never)).toEqual(value);
        expect(seen.at(-1)).toEqual(value);
      }),
      { numRuns: 50 },
    );
  });

  it('gives each of many simultaneous callers its own answer', async () => {
    const { client, server } = await connect();
    await server.serve('tasks.openSession', async ({ holding }) => {
      if (Number(holding[0]) % 3 === 0) await new Promise(setImmediate);
      return { drop: holding, schedulerId: 'a' };
    });
    const asked = Array.from({ length: 500 }, (_, index) => [String(index)]);
    const answers = await Promise.all(asked.map((holding) => client.request('tasks.openSession', { holding } as never)));
    expect(answers.map(({ drop }) => drop)).toEqual(asked);
  });

  it('shares the requests between the handlers of a command, each to exactly one', async () => {
    const { client, server } = await connect();
    const counts = [0, 0, 0];
    for (const index of counts.keys()) {
      await server.serve('auth.jwks', async () => {
        counts[index] = (counts[index] ?? 0) + 1;
        return { keys: [] };
      });
    }
    await Promise.all(Array.from({ length: 300 }, () => client.request('auth.jwks', {})));
    expect(counts.reduce((sum, count) => sum + count)).toBe(300);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('reaches the named instance alone, whatever its name', async () => {
    const { client, server } = await connect();
    const names = ['a', 'b', 'host.name:80', 'a b', '*', '>', '', '=2a=', 'ß/✓'];
    await server.serve('auth.jwks', async () => ({ keys: [{ by: 'general' }] }));
    for (const by of names) await server.serve('auth.jwks', async () => ({ keys: [{ by }] }), { instance: by });
    for (const to of names) expect(await client.request('auth.jwks', {}, { to })).toEqual({ keys: [{ by: to }] });
    expect(await client.request('auth.jwks', {})).toEqual({ keys: [{ by: 'general' }] });
  });

  it('carries the request id to the handler, and none where there is none', async () => {
    const { client, server } = await connect();
    await server.serve('auth.jwks', async () => ({ keys: [{ id: requestContext.getStore()?.requestId ?? null }] }));
    const inside = await requestContext.run({ requestId: 'req-1' }, async () => {
      const answer = await client.request('auth.jwks', {});
      expect(requestContext.getStore()).toEqual({ requestId: 'req-1' });
      return answer;
    });
    expect(inside).toEqual({ keys: [{ id: 'req-1' }] });
    expect(await client.request('auth.jwks', {})).toEqual({ keys: [{ id: null }] });
  });
}

function failureContract(connect: Connect): void {
  it('fails with UNAVAILABLE when nobody serves the command', async () => {
    const { client, server } = await connect();
    await expect(client.request('auth.jwks', {})).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { command: 'auth.jwks' } });
    await server.serve('auth.jwks', async () => ({ keys: [] }), { instance: 'a' });
    await expect(client.request('auth.jwks', {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(client.request('auth.jwks', {}, { to: 'b' })).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { instance: 'b' } });
  });

  it('no longer reaches a handler that was stopped; the others go on', async () => {
    const { client, server } = await connect();
    const stopFirst = await server.serve('auth.jwks', async () => ({ keys: [{ by: 1 }] }));
    const stopSecond = await server.serve('auth.jwks', async () => ({ keys: [{ by: 2 }] }));
    stopFirst();
    stopFirst();
    await vi.waitFor(async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => client.request('auth.jwks', {})));
      expect(answers).toEqual(Array(20).fill({ keys: [{ by: 2 }] }));
    });
    stopSecond();
    await vi.waitFor(() => expect(client.request('auth.jwks', {})).rejects.toMatchObject({ code: 'UNAVAILABLE' }));
  });

  it("brings the code and details of a handler's DeaiError to the caller", async () => {
    const { client, server } = await connect();
    const details = { id: 't', hint: 'Ask for another one.', nested: { list: [1, null] } };
    await server.serve('tasks.get', async () => {
      throw new DeaiError('TASK_NOT_FOUND', details);
    });
    const error = await client.request('tasks.get', {} as never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DeaiError);
    expect(error).toMatchObject({ code: 'TASK_NOT_FOUND', details, status: 404 });
  });

  it('hides any other error behind INTERNAL and reports it where it was thrown', async () => {
    const onError = vi.fn<BusErrorListener>();
    const { client, server } = await connect(onError);
    const secret = new Error('password=hunter2');
    await server.serve('auth.jwks', () => {
      throw secret;
    });
    await server.serve('auth.login', () => Promise.reject(secret));
    for (const command of ['auth.jwks', 'auth.login'] as const) {
      const error = (await client.request(command, {} as never).catch((thrown: unknown) => thrown)) as DeaiError;
      expect(error.code).toBe('INTERNAL');
      expect(JSON.stringify(error.toBody())).not.toContain('hunter2');
      expect(onError).toHaveBeenCalledWith(secret, { command });
    }
  });

  it('tells the caller TIMEOUT in time and lets the handler finish', async () => {
    const { client, server } = await connect();
    const gate = Promise.withResolvers<void>();
    const finished = Promise.withResolvers<string>();
    await server.serve('auth.jwks', async () => {
      await gate.promise;
      finished.resolve('finished');
      return { keys: [] };
    });
    const startedMs = performance.now();
    const asked = client.request('auth.jwks', {}, { timeoutMs: 60 });
    await expect(asked).rejects.toMatchObject({ code: 'TIMEOUT', details: { command: 'auth.jwks', timeoutMs: 60 } });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(55);
    gate.resolve();
    expect(await finished.promise).toBe('finished');
  });
}

function eventContract(connect: Connect): void {
  it('brings every event to every subscriber, in order', async () => {
    const { client, server } = await connect();
    const heard: number[][] = [[], [], []];
    for (const list of heard) await server.subscribe('rewards.pricesChanged', ({ version }) => list.push(version));
    const versions = Array.from({ length: 200 }, (_, version) => version);
    for (const version of versions) client.publish('rewards.pricesChanged', { version });
    await vi.waitFor(() => expect(heard).toEqual([versions, versions, versions]));
  });

  it('lets no subscriber hurt another one or the publisher, and reports its error', async () => {
    const onError = vi.fn<BusErrorListener>();
    const { client, server } = await connect(onError);
    const heard: string[] = [];
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    await server.subscribe('auth.userRegistered', () => {
      throw thrown;
    });
    await server.subscribe('auth.userRegistered', (async () => Promise.reject(rejected)) as () => void);
    await server.subscribe('auth.userRegistered', ({ userId }) => heard.push(userId));
    client.publish('auth.userRegistered', { userId: 'u1' });
    client.publish('auth.userRegistered', { userId: 'u2' });
    await vi.waitFor(() => expect(heard).toEqual(['u1', 'u2']));
    await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(4));
    for (const error of [thrown, rejected]) expect(onError).toHaveBeenCalledWith(error, { event: 'auth.userRegistered' });
  });

  it('is silent for a subscriber that stopped, and for one that came too late', async () => {
    const { client, server } = await connect();
    const heard: string[] = [];
    // From the same end: between two ends there is no order of publishing and subscribing.
    server.publish('auth.userRegistered', { userId: 'nobody' });
    const stop = await server.subscribe('auth.userRegistered', ({ userId }) => heard.push(`first ${userId}`));
    await server.subscribe('auth.userRegistered', ({ userId }) => heard.push(`second ${userId}`));
    stop();
    stop();
    client.publish('auth.userRegistered', { userId: 'u' });
    await vi.waitFor(() => expect(heard).toContain('second u'));
    expect(heard).toEqual(['second u']);
  });

  it('never runs a listener inside publish, and gives it the request id of the publisher', async () => {
    const { client, server } = await connect();
    const heard: unknown[] = [];
    await server.subscribe('auth.userRegistered', () => heard.push(requestContext.getStore()));
    requestContext.run({ requestId: 'req-2' }, () => client.publish('auth.userRegistered', { userId: 'u' }));
    expect(heard).toEqual([]);
    client.publish('auth.userRegistered', { userId: 'u' });
    await vi.waitFor(() => expect(heard).toEqual([{ requestId: 'req-2' }, undefined]));
  });
}

function closeContract(connect: Connect): void {
  it('lets a request under way finish, on both ends', async () => {
    const { client, server } = await connect();
    const [started, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await server.serve('auth.jwks', async () => {
      started.resolve();
      await gate.promise;
      return { keys: [{ whole: true }] };
    });
    const asked = client.request('auth.jwks', {});
    await started.promise;
    let closed = false;
    const closing = Promise.all([server.close(), client.close()]).then(() => {
      closed = true;
    });
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    gate.resolve();
    expect(await asked).toEqual({ keys: [{ whole: true }] });
    const answeredMs = performance.now();
    await closing;
    // Far below any drain time: it waited for the request alone.
    expect(performance.now() - answeredMs).toBeLessThan(2_000);
  });

  it('refuses with SHUTTING_DOWN afterwards; publish only reports', async () => {
    const onError = vi.fn<BusErrorListener>();
    const { client } = await connect(onError);
    await client.close();
    await client.close();
    const refusal = { code: 'SHUTTING_DOWN' };
    await expect(client.request('auth.jwks', {})).rejects.toMatchObject(refusal);
    await expect(client.serve('auth.jwks', async () => ({ keys: [] }))).rejects.toMatchObject(refusal);
    await expect(client.subscribe('auth.userRegistered', () => {})).rejects.toMatchObject(refusal);
    client.publish('auth.userRegistered', { userId: 'u' });
    expect(onError).toHaveBeenCalledWith(expect.objectContaining(refusal), { event: 'auth.userRegistered' });
  });
}
