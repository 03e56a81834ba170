import type { EventName } from '@deai/protocol';
import type { BusErrorListener, Stop } from './bus.ts';
import { callListener } from './failures.ts';

export type Listener = (payload: unknown) => unknown;

/** Who listens to what in this process. */
export interface LocalEvents {
  /** Delivers in a microtask, so that a listener never runs inside its publisher. */
  publish(name: EventName, payload: unknown): void;
  /** Delivers now: for what came over a wire. */
  deliver(name: EventName, payload: unknown): void;
  subscribe(name: EventName, listener: Listener): Stop;
  clear(): void;
}

export function createLocalEvents(report: BusErrorListener): LocalEvents {
  const listeners = new Map<EventName, Set<{ listener: Listener }>>();
  const call = (name: EventName, entries: Iterable<{ listener: Listener }>, payload: unknown): void => {
    for (const { listener } of entries) callListener(listener, payload, (error) => report(error, { event: name }));
  };
  return {
    publish(name, payload) {
      const entries = listeners.get(name);
      if (entries?.size) queueMicrotask(() => call(name, entries, payload));
    },
    deliver(name, payload) {
      call(name, listeners.get(name) ?? [], payload);
    },
    subscribe(name, listener) {
      const entries = listeners.get(name) ?? new Set();
      listeners.set(name, entries);
      const entry = { listener };
      entries.add(entry);
      return () => {
        entries.delete(entry);
      };
    },
    clear: () => listeners.clear(),
  };
}
