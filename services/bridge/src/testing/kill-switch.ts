import type { Bridge } from '../flows/bridge.ts';

/** The process ended here. */
class Killed extends Error {
  constructor() {
    super('killed');
    this.name = 'Killed';
  }
}

/** Ends a bridge's process at one of the points where it touches the outside world: before the effect, or after it. */
export interface KillSwitch {
  bridge: Bridge;
  /** Whether it was killed, and where. */
  readonly killedAt: string | undefined;
  /** Points passed so far. */
  readonly points: number;
}

const TOUCHES = ['bus', 'objects', 'chain', 'contract', 'settlements', 'followed', 'links', 'claims'] as const;

/**
 * A bridge that is killed at its `at`-th point; there are two around each call of a port, one before it has its effect and one after, before the
 * caller hears of it. Once killed, nothing of it reaches anything any more.
 */
export function killAt(bridge: Bridge, at: number): KillSwitch {
  let points = 0;
  let killedAt: string | undefined;
  function pass(where: string): void {
    if (killedAt === undefined && ++points === at) killedAt = where;
    if (killedAt !== undefined) throw new Killed();
  }
  const wrap = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get(target, property) {
        const value = Reflect.get(target, property) as unknown;
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          const where = `${name}.${String(property)}`;
          pass(`before ${where}`);
          const answer = (await Reflect.apply(value, target, args)) as unknown;
          pass(`after ${where}`);
          return answer;
        };
      },
    });
  const wrapped = { ...bridge };
  for (const name of TOUCHES) Object.assign(wrapped, { [name]: wrap(name, bridge[name]) });
  return {
    bridge: wrapped,
    get killedAt() {
      return killedAt;
    },
    get points() {
      return points;
    },
  };
}
