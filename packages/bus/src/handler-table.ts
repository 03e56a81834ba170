import type { CommandName } from '@deai/protocol';
import type { Stop } from './bus.ts';

/** A handler whose command is known only at run time. */
export type AnyHandler = (input: unknown) => Promise<unknown>;

interface Route {
  entries: { handler: AnyHandler }[];
  next: number;
}

/** Who serves what in this process. */
export interface HandlerTable {
  add(name: CommandName, instance: string | undefined, handler: AnyHandler): Stop;
  /** The next handler in turn of a command, or of one instance of it. */
  pick(name: CommandName, instance: string | undefined): AnyHandler | undefined;
  clear(): void;
}

export function createHandlerTable(): HandlerTable {
  const routes = new Map<string, Route>();
  // Command names hold no space.
  const keyOf = (name: CommandName, instance: string | undefined): string => (instance === undefined ? name : `${name} ${instance}`);
  return {
    add(name, instance, handler) {
      const key = keyOf(name, instance);
      const route = routes.get(key) ?? { entries: [], next: 0 };
      const entry = { handler };
      route.entries.push(entry);
      routes.set(key, route);
      return () => {
        route.entries = route.entries.filter((other) => other !== entry);
        if (route.entries.length === 0 && routes.get(key) === route) routes.delete(key);
      };
    },
    pick(name, instance) {
      const route = routes.get(keyOf(name, instance));
      if (!route) return undefined;
      route.next = (route.next + 1) % route.entries.length;
      return route.entries[route.next]?.handler;
    },
    clear: () => routes.clear(),
  };
}
