import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DeaiError } from '@deai/protocol';
import { connect } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bus, BusErrorListener } from './bus.ts';
import { busContract } from './contract.ts';
import { isUnserved } from './failures.ts';
import { connectNatsBus, type NatsBusOptions } from './nats-bus.ts';
import { requestContext } from './request-context.ts';
import { findNatsServer, NATS_SERVER_MISSING, type NatsServer, startNatsServer } from './testing.ts';

const PEER = fileURLToPath(new URL('./fixtures/peer-process.ts', import.meta.url));
const MAX_PAYLOAD = 64 * 1024;
const installed = findNatsServer() !== undefined;

describe.skipIf(!installed)(installed ? 'NATS' : NATS_SERVER_MISSING, () => {
  let server: NatsServer;
  const open: { close(): Promise<void> }[] = [];
  const connectBus = async (options: Partial<NatsBusOptions> = {}): Promise<Bus> => {
    const bus = await connectNatsBus({ url: server.url, name: 'test', onError: () => {}, ...options });
    open.push(bus);
    return bus;
  };
  beforeAll(async () => {
    server = await startNatsServer({ maxPayloadBytes: MAX_PAYLOAD });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bus) => bus.close()));
  });
  afterAll(() => server.stop());

  busContract('NATS bus', async (onError) => ({
    client: await connectNatsBus({ url: server.url, name: 'client', onError }),
    server: await connectNatsBus({ url: server.url, name: 'server', onError }),
  }));

  busContract('NATS bus, both ends in one process', async (onError) => {
    const bus = await connectNatsBus({ url: server.url, name: 'both', onError });
    return { client: bus, server: bus };
  });

  describe('what an end serves itself', () => {
    it('is answered there and never sent, as long as it is served there', async () => {
      const [near, far] = [await connectBus(), await connectBus()];
      const stopNear = await near.serve('auth.jwks', async () => ({ keys: [{ by: 'near' }] }));
      await far.serve('auth.jwks', async () => ({ keys: [{ by: 'far' }] }));
      const ask = () => Promise.all(Array.from({ length: 50 }, () => near.request('auth.jwks', {})));
      expect(await ask()).toEqual(Array(50).fill({ keys: [{ by: 'near' }] }));
      stopNear();
      expect(await ask()).toEqual(Array(50).fill({ keys: [{ by: 'far' }] }));
    });

    it('does not answer for another instance', async () => {
      const [near, far] = [await connectBus(), await connectBus()];
      await near.serve('auth.jwks', async () => ({ keys: [{ by: 'near' }] }), { instance: 'near' });
      await far.serve('auth.jwks', async () => ({ keys: [{ by: 'far' }] }), { instance: 'far' });
      for (const by of ['near', 'far']) expect(await near.request('auth.jwks', {}, { to: by })).toEqual({ keys: [{ by }] });
    });

    it('is answered also while the connection is lost, and its values are passed as they are', async () => {
      const first = await startNatsServer();
      const onError = vi.fn<BusErrorListener>();
      const bus = await connectBus({ url: first.url, onError });
      await bus.serve('tasks.quote', async (input) => input as never);
      await first.stop();
      await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'UNAVAILABLE' }), {}));
      const input = { task: {} } as never;
      expect(await bus.request('tasks.quote', input)).toBe(input);
    });
  });

  it('tells an instance that is gone from a lost connection and from a refusal', async () => {
    const [client, away] = [await connectBus(), await connectBus()];
    await away.serve('auth.jwks', () => Promise.reject(new DeaiError('UNAVAILABLE', { service: 'database' })), { instance: 'b' });
    const failure = (to: string) => client.request('auth.jwks', {}, { to }).catch((error: unknown) => error);
    expect(isUnserved(await failure('a'), 'auth.jwks', 'a')).toBe(true);
    expect(isUnserved(await failure('b'), 'auth.jwks', 'b')).toBe(false);
  });

  describe('between processes', () => {
    const peers: ChildProcess[] = [];
    const forkPeer = async (): Promise<ChildProcess> => {
      const peer = fork(PEER, [server.url], { execArgv: [] });
      peers.push(peer);
      const died = once(peer, 'exit').then(([code]) => Promise.reject(new Error(`the peer ended with code ${code} before it was ready`)));
      await Promise.race([once(peer, 'message'), died]);
      died.catch(() => {});
      return peer;
    };
    afterEach(async () => {
      for (const peer of peers.splice(0)) {
        if (peer.exitCode !== null || peer.signalCode !== null) continue;
        const ended = once(peer, 'exit');
        peer.kill('SIGKILL');
        await ended;
      }
    });

    it('shares commands between two services, with the request id, and brings their events back', async () => {
      const bus = await connectBus();
      const [first, second] = [await forkPeer(), await forkPeer()];
      const heard = new Set<string>();
      await bus.subscribe('auth.userRegistered', ({ userId }) => heard.add(userId));
      const ask = () => requestContext.run({ requestId: 'req-9' }, () => bus.request('auth.jwks', {}));
      const answers = (await Promise.all(Array.from({ length: 60 }, ask))).map(({ keys }) => keys[0]);
      expect(new Set(answers.map((key) => key?.pid))).toEqual(new Set([first.pid, second.pid]));
      expect(answers.every((key) => key?.requestId === 'req-9')).toBe(true);
      await vi.waitFor(() => expect(heard).toEqual(new Set([`seen-by-${first.pid}`, `seen-by-${second.pid}`])));
    });

    it('tells the callers of a process that is killed, and soon; those of another one go on waiting', async () => {
      const [bus, slow] = [await connectBus(), await connectBus()];
      const peer = await forkPeer();
      const wire = await connect({ servers: server.url });
      open.push(wire);
      let spoke = 0;
      wire.subscribe('_INBOX.>', { callback: (_error, message) => void (message.headers?.get('deai-worker') && spoke++) });
      await wire.flush();
      const gate = Promise.withResolvers<void>();
      await slow.serve('auth.login', async () => {
        await gate.promise;
        return { slow: true } as never;
      });
      const waiting = bus.request('auth.login', {} as never);
      const lost = bus.request('auth.refresh', { refreshToken: 'x' }).catch((error: unknown) => error);
      await vi.waitFor(() => expect(spoke).toBe(2));
      peer.kill('SIGKILL');
      const killedMs = performance.now();
      expect(await lost).toMatchObject({ code: 'UNAVAILABLE', details: { command: 'auth.refresh', outcomeUnknown: true } });
      expect(performance.now() - killedMs).toBeLessThan(3_500);
      gate.resolve();
      expect(await waiting).toEqual({ slow: true });
    });

    it('gives a command up that was taken by a process that says nothing, long before its timeout', async () => {
      const bus = await connectBus();
      const raw = await connect({ servers: server.url });
      open.push(raw);
      raw.subscribe('cmd.auth.jwks', { callback: () => {} });
      await raw.flush();
      const failed = bus.request('auth.jwks', {}, { timeoutMs: 60_000 }).catch((error: unknown) => error);
      expect(await failed).toMatchObject({ code: 'UNAVAILABLE', details: { outcomeUnknown: true } });
    }, 15_000);

    it('loses no request while one of two services drains and leaves', async () => {
      const bus = await connectBus();
      const [leaving, staying] = [await forkPeer(), await forkPeer()];
      const left = once(leaving, 'exit');
      const answers: Promise<unknown>[] = [];
      const ask = (): void => void answers.push(bus.request('auth.jwks', {}, { timeoutMs: 5_000 }));
      for (let round = 0; round < 50; round += 1) ask();
      leaving.send('stop');
      let gone = false;
      left.then(() => {
        gone = true;
      });
      while (!gone) {
        ask();
        await Promise.allSettled(answers.slice(-1));
      }
      expect((await left)[0]).toBe(0);
      const last = await bus.request('auth.jwks', {});
      expect(last.keys[0]?.pid).toBe(staying.pid);
      expect((await Promise.allSettled(answers)).filter(({ status }) => status === 'rejected')).toEqual([]);
    });
  });

  describe('what others put on the wire', () => {
    it('answers malformed bytes with INVALID_JSON, reports them, and goes on serving', async () => {
      const onError = vi.fn<BusErrorListener>();
      const bus = await connectBus({ onError });
      const handler = vi.fn(async () => ({ keys: [] }));
      await bus.serve('auth.jwks', handler);
      const raw = await connect({ servers: server.url });
      open.push(raw);
      for (const bytes of ['', '{', '\u0000', new Uint8Array([0x22, 0xff, 0x22])]) {
        const reply = await raw.request('cmd.auth.jwks', bytes, { timeout: 2_000 });
        expect(reply.json()).toMatchObject({ error: { code: 'INVALID_JSON' } });
      }
      expect(handler).not.toHaveBeenCalled();
      expect(onError.mock.calls.map(([, where]) => where)).toEqual(Array(4).fill({ command: 'auth.jwks' }));
      expect(await bus.request('auth.jwks', {})).toEqual({ keys: [] });
    });

    it('reports a malformed event and still hears the next one', async () => {
      const onError = vi.fn<BusErrorListener>();
      const bus = await connectBus({ onError });
      const heard: string[] = [];
      await bus.subscribe('auth.userRegistered', ({ userId }) => heard.push(userId));
      const raw = await connect({ servers: server.url });
      open.push(raw);
      raw.publish('evt.auth.userRegistered', 'not json');
      raw.publish('evt.auth.userRegistered', '{"userId":"u"}');
      await vi.waitFor(() => expect(heard).toEqual(['u']));
      expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'INVALID_JSON' }), { event: 'auth.userRegistered' });
    });

    it.each([
      ['no JSON', '<html>'],
      ['no object', '[]'],
      ['an error without a code', '{"error":{}}'],
      ['an unknown code', '{"error":{"code":"FROM_THE_FUTURE"}}'],
      ['a code that is a property of every object', '{"error":{"code":"constructor"}}'],
    ])('turns an answer that is %s into INTERNAL', async (_, answer) => {
      const bus = await connectBus();
      const raw = await connect({ servers: server.url });
      open.push(raw);
      raw.subscribe('cmd.auth.jwks', { callback: (_error, message) => void message.respond(answer) });
      await raw.flush();
      await expect(bus.request('auth.jwks', {})).rejects.toMatchObject({ code: 'INTERNAL' });
    });

    it('carries no request id that could forge a header', async () => {
      const [bus, serving] = [await connectBus(), await connectBus()];
      await serving.serve('auth.jwks', async () => ({ keys: [{ id: requestContext.getStore()?.requestId ?? null }] }));
      const answer = requestContext.run({ requestId: 'a\r\nNats-Evil: 1' }, () => bus.request('auth.jwks', {}));
      expect(await answer).toEqual({ keys: [{ id: null }] });
    });
  });

  describe('payloads above max_payload', () => {
    const big = 'x'.repeat(MAX_PAYLOAD);
    const details = expect.objectContaining({ maxBytes: expect.any(Number), hint: expect.stringContaining('max_payload') });
    const refusal = { code: 'PAYLOAD_TOO_LARGE', details };

    it('refuses an input, an output and an event with PAYLOAD_TOO_LARGE and stays connected', async () => {
      const onError = vi.fn<BusErrorListener>();
      const bus = await connectBus({ onError });
      const serving = await connectBus();
      await serving.serve('auth.jwks', async () => ({ keys: [{ big }] }));
      await serving.serve('auth.refresh', async () => ({ ok: true }) as never);
      await expect(bus.request('auth.refresh', { refreshToken: big })).rejects.toMatchObject(refusal);
      await expect(bus.request('auth.jwks', {})).rejects.toMatchObject(refusal);
      bus.publish('auth.userRegistered', { userId: big });
      expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(refusal), { event: 'auth.userRegistered' });
      expect(await bus.request('auth.refresh', { refreshToken: 'small' })).toEqual({ ok: true });
    });
  });

  it('brings the code of an error whose details are too large or no JSON', async () => {
    const [bus, serving] = [await connectBus(), await connectBus()];
    for (const details of [{ big: 'x'.repeat(MAX_PAYLOAD) }, { amount: 1n }]) {
      const stop = await serving.serve('auth.jwks', async () => {
        throw new DeaiError('OVERLOADED', details);
      });
      await expect(bus.request('auth.jwks', {}, { timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'OVERLOADED', details: undefined });
      stop();
    }
  });

  it('answers INTERNAL when a handler returns what JSON cannot carry', async () => {
    const onError = vi.fn<BusErrorListener>();
    const serving = await connectBus({ onError });
    await serving.serve('auth.jwks', async () => ({ keys: [{ amount: 1n }] }));
    const bus = await connectBus();
    await expect(bus.request('auth.jwks', {})).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(onError).toHaveBeenCalledWith(expect.any(TypeError), { command: 'auth.jwks' });
  });

  it('comes back with its handlers and subscriptions when the server was away, and fails fast meanwhile', async () => {
    const onError = vi.fn<BusErrorListener>();
    const first = await startNatsServer();
    const bus = await connectBus({ url: first.url, onError });
    const heard: string[] = [];
    const serving = await connectBus({ url: first.url });
    await serving.serve('auth.jwks', async () => ({ keys: [{ back: true }] }));
    await serving.subscribe('auth.userRegistered', ({ userId }) => heard.push(userId));
    await first.stop();
    await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'UNAVAILABLE' }), {}));
    await expect(bus.request('auth.jwks', {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    bus.publish('auth.userRegistered', { userId: 'lost' });
    const second = await startNatsServer({ port: first.port });
    try {
      await vi.waitFor(async () => expect(await bus.request('auth.jwks', {})).toEqual({ keys: [{ back: true }] }), { timeout: 10_000 });
      bus.publish('auth.userRegistered', { userId: 'u' });
      await vi.waitFor(() => expect(heard).toEqual(['u']));
    } finally {
      await Promise.all([bus.close(), serving.close()]);
      await second.stop();
    }
  });

  it('closes in drainMs when its server is gone', async () => {
    const gone = await startNatsServer();
    const onError = vi.fn<BusErrorListener>();
    const bus = await connectBus({ url: gone.url, onError, drainMs: 200 });
    await gone.stop();
    await vi.waitFor(() => expect(onError).toHaveBeenCalled());
    await bus.close();
    await expect(bus.request('auth.jwks', {})).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('says UNAVAILABLE when it cannot connect or is refused, and connects with the right credentials', async () => {
    const login = { user: 'deai', password: 'correct horse' };
    const guarded = await startNatsServer({ login });
    try {
      for (const credentials of [undefined, { ...login, password: 'wrong' }]) {
        const refused = connectBus({ url: guarded.url, ...(credentials ? { credentials } : {}) });
        await expect(refused).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      }
      const bus = await connectBus({ url: guarded.url, credentials: login });
      await bus.serve('auth.jwks', async () => ({ keys: [] }));
      expect(await bus.request('auth.jwks', {})).toEqual({ keys: [] });
      await bus.close();
    } finally {
      await guarded.stop();
    }
    await expect(connectBus({ url: guarded.url })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
