import type { InstanceRow } from './claims.ts';

/** The other task managers, as this one last saw them. */
export interface Peers {
  /** Those that live. */
  readonly alive: ReadonlySet<string>;
  /** Instances, living or gone, whose waiting tasks are in the hands of one that lives and is not this one. */
  readonly lookedAfter: string[];
  /** True when there was ever another one beside this one. */
  readonly known: boolean;
  /** One that said that it started: it counts as alive until it is looked at. */
  add(id: string): void;
  /** Takes a new look; `absent` are gone. Answers whom nobody looks after, and all that are gone. */
  update(others: readonly InstanceRow[], absent: ReadonlySet<string>): { orphaned: string[]; gone: string[] };
}

export function createPeers(self: string): Peers {
  let alive = new Set<string>();
  let lookedAfter: string[] = [];
  let known = false;
  return {
    get alive() {
      return alive;
    },
    get lookedAfter() {
      return lookedAfter;
    },
    get known() {
      return known;
    },
    add(id) {
      if (id === self) return;
      alive.add(id);
      lookedAfter.push(id);
      known = true;
    },
    update(others, absent) {
      alive = new Set(others.filter(({ id }) => !absent.has(id)).map(({ id }) => id));
      known ||= alive.size > 0;
      const inGoodHands = ({ id, heir }: InstanceRow) => alive.has(id) || (heir !== null && alive.has(heir));
      lookedAfter = others.filter(inGoodHands).map(({ id }) => id);
      const gone = others.filter(({ id }) => !alive.has(id));
      const orphaned = gone.filter((other) => other.heir !== self && !inGoodHands(other));
      return { orphaned: orphaned.map(({ id }) => id), gone: gone.map(({ id }) => id) };
    },
  };
}
