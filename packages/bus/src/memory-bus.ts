import { type CommandName, DeaiError, type EventName } from '@deai/protocol';
import type { Bus, BusErrorListener, Handler, Stop } from './bus.ts';

type AnyHandler = (input: never) => Promise<unknown>;

interface Handlers {
  shared: AnyHandler[];
  next: number;
  byInstance: Map<string, AnyHandler>;
}

export interface MemoryBusOptions {
  onError?: BusErrorListener;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** The bus within one process: direct calls, nothing copied. */
export function createMemoryBus({ onError = () => undefined }: MemoryBusOptions = {}): Bus {
  const commands = new Map<CommandName, Handlers>();
  const listeners = new Map<EventName, Set<(payload: never) => void>>();
  const running = new Set<Promise<unknown>>();
  let closed = false;

  function handlerOf(name: CommandName, to: string | undefined): AnyHandler {
    const handlers = commands.get(name);
    const handler = to === undefined ? handlers?.shared[handlers.next++ % handlers.shared.length] : handlers?.byInstance.get(to);
    if (!handler) throw new DeaiError('UNAVAILABLE', { command: name, ...(to === undefined ? {} : { to }) });
    return handler;
  }
  async function call(name: CommandName, input: unknown, to: string | undefined): Promise<unknown> {
    try {
      return await handlerOf(name, to)(input as never);
    } catch (error) {
      if (error instanceof DeaiError) throw error;
      onError(error, { command: name });
      throw new DeaiError('INTERNAL', undefined, { cause: error });
    }
  }

  const bus: Bus = {
    request: (async (
      name: CommandName,
      input: unknown,
      { to, timeoutMs = DEFAULT_TIMEOUT_MS }: { to?: string; timeoutMs?: number } = {},
    ) => {
      if (closed) throw new DeaiError('SHUTTING_DOWN');
      const work = call(name, input, to);
      running.add(work);
      try {
        return await withTimeout(work, timeoutMs, name);
      } finally {
        running.delete(work);
      }
    }) as Bus['request'],
    async serve(name, handler: Handler<typeof name>, { instance } = {}) {
      const handlers = commands.get(name) ?? { shared: [], next: 0, byInstance: new Map() };
      commands.set(name, handlers);
      if (instance !== undefined) {
        handlers.byInstance.set(instance, handler as AnyHandler);
        return () => {
          if (handlers.byInstance.get(instance) === (handler as AnyHandler)) handlers.byInstance.delete(instance);
        };
      }
      handlers.shared.push(handler as AnyHandler);
      return () => {
        handlers.shared = handlers.shared.filter((each) => each !== (handler as AnyHandler));
      };
    },
    publish(name, payload) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          listener(payload as never);
        } catch (error) {
          onError(error, { event: name });
        }
      }
    },
    async subscribe(name, listener): Promise<Stop> {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      const own = (payload: never) => listener(payload);
      set.add(own);
      return () => {
        set.delete(own);
      };
    },
    async close() {
      closed = true;
      await Promise.allSettled([...running]);
    },
  };
  return bus;
}

function withTimeout<T>(work: Promise<T>, timeoutMs: number, command: CommandName): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeaiError('TIMEOUT', { command, timeoutMs })), timeoutMs);
    timer.unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
