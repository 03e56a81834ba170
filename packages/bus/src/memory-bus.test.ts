import { DeaiError } from '@deai/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BusErrorListener } from './bus.ts';
import { busContract } from './contract.ts';
import { createMemoryBus } from './memory-bus.ts';

afterEach(() => {
  vi.useRealTimers();
});

for (const checkJson of [false, true]) {
  busContract(`memory bus${checkJson ? ' checking JSON' : ''}`, async (onError) => {
    const bus = createMemoryBus({ onError, checkJson });
    return { client: bus, server: bus };
  });
}

describe('memory bus', () => {
  it('adds at most one promise hop to a call of the handler', async () => {
    const bus = createMemoryBus();
    const handler = async () => ({ keys: [] });
    await bus.serve('auth.jwks', handler);
    const hopsOf = async (call: () => Promise<unknown>): Promise<number> => {
      let hops = 0;
      let settled = false;
      const count = (): void => {
        if (settled) return;
        hops += 1;
        queueMicrotask(count);
      };
      const called = call().then(() => {
        settled = true;
      });
      queueMicrotask(count);
      await called;
      return hops;
    };
    const direct = await hopsOf(handler);
    expect((await hopsOf(() => bus.request('auth.jwks', {}))) - direct).toBeLessThanOrEqual(1);
  });

  it('takes the handlers of a command in turn', async () => {
    const bus = createMemoryBus();
    for (const by of ['a', 'b', 'c']) await bus.serve('auth.jwks', async () => ({ keys: [{ by }] }));
    const order: unknown[] = [];
    for (let call = 0; call < 6; call += 1) order.push((await bus.request('auth.jwks', {})).keys[0]?.by);
    expect(new Set(order.slice(0, 3))).toEqual(new Set(['a', 'b', 'c']));
    expect(order.slice(3)).toEqual(order.slice(0, 3));
  });

  it('passes values as they are, without a copy', async () => {
    const bus = createMemoryBus();
    let seen: unknown;
    await bus.serve('tasks.quote', async (input) => {
      seen = input;
      return input as never;
    });
    const input = { task: {} } as never;
    expect(await bus.request('tasks.quote', input)).toBe(input);
    expect(seen).toBe(input);
  });

  it('keeps one timer for many requests, and none when they are done', async () => {
    vi.useFakeTimers();
    const bus = createMemoryBus();
    await bus.serve('auth.jwks', () => new Promise(() => {}));
    const asked = Array.from({ length: 100 }, (_, index) => bus.request('auth.jwks', {}, { timeoutMs: 1_000 + index }));
    const settled = Promise.allSettled(asked);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_200);
    const codes = (await settled).map((result) => result.status === 'rejected' && (result.reason as DeaiError).code);
    expect(codes).toEqual(Array(100).fill('TIMEOUT'));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives up waiting for what is under way after drainMs', async () => {
    const bus = createMemoryBus({ drainMs: 30 });
    await bus.serve('auth.jwks', () => new Promise(() => {}));
    const asked = bus.request('auth.jwks', {});
    const refused = expect(asked).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await bus.close();
    await refused;
  });

  it('lets a request under way ask others while it closes', async () => {
    const bus = createMemoryBus();
    const gate = Promise.withResolvers<void>();
    await bus.serve('tasks.stats', async () => ({ inner: true }) as never);
    await bus.serve('auth.jwks', async () => {
      await gate.promise;
      return { keys: [{ ...(await bus.request('tasks.stats', {})) }] };
    });
    const asked = bus.request('auth.jwks', {});
    const closing = bus.close();
    gate.resolve();
    expect(await asked).toEqual({ keys: [{ inner: true }] });
    await closing;
  });
});

describe('memory bus checking JSON', () => {
  it.each([
    ['a bigint', { a: [{ b: 1n }] }, '$.a[0].b'],
    ['a Date', { at: new Date(0) }, '$.at'],
    ['a NaN', { n: Number.NaN }, '$.n'],
    ['undefined in an array', { list: [undefined] }, '$.list[0]'],
    ['a Map', new Map(), '$'],
    ['a function', { f: () => 1 }, '$.f'],
  ])('refuses %s in input, output and payload, and says where', async (_, value, path) => {
    const onError = vi.fn<BusErrorListener>();
    const bus = createMemoryBus({ onError, checkJson: true });
    let calls = 0;
    await bus.serve('tasks.quote', async () => {
      calls += 1;
      return value as never;
    });
    await bus.subscribe('auth.userRegistered', () => {
      calls += 10;
    });
    await expect(bus.request('tasks.quote', value as never)).rejects.toBeInstanceOf(DeaiError);
    await expect(bus.request('tasks.quote', {} as never)).rejects.toMatchObject({ code: 'INTERNAL' });
    bus.publish('auth.userRegistered', value as never);
    await bus.close();
    expect(calls).toBe(1);
    expect(onError.mock.calls.map(([error]) => (error as Error).message.split(' ')[0])).toEqual([path, path, path]);
  });

  it('lets pass what occurs twice and properties that are undefined, but no cycle', async () => {
    const bus = createMemoryBus({ checkJson: true, onError: () => {} });
    await bus.serve('tasks.quote', async (input) => input as never);
    const twice = { x: 1 };
    const input = { a: twice, b: [twice], c: undefined };
    expect(await bus.request('tasks.quote', input as never)).toBe(input);
    const cycle: Record<string, unknown> = {};
    cycle.self = [cycle];
    await expect(bus.request('tasks.quote', cycle as never)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
