/** An open socket, as far as the whole service is concerned with it. */
export interface RegisteredSession {
  /** Of the principal; `undefined` before authentication, and for visitors. */
  readonly userId: string | undefined;
  readonly credentialId: string | undefined;
  /** Where a visitor is counted; `undefined` for everybody else. */
  readonly visitorNetwork: string | undefined;
}

/** How many sockets there may be. */
export interface SocketBounds {
  maxSocketsPerUser: number;
  maxVisitors: number;
  maxVisitorsPerNetwork: number;
}

/** Every open socket of this instance. */
export interface SessionRegistry<S extends RegisteredSession> extends Iterable<S> {
  add(session: S): void;
  delete(session: S): void;
  readonly size: number;
  readonly visitors: number;
  /** Counts one more socket of the user; false, without counting, at the limit. */
  claim(userId: string): boolean;
  /** Counts one more visitor; otherwise says what is full. */
  claimVisit(network: string): 'counted' | 'network full' | 'full';
}

/** Sockets by who they are counted for. */
function createTally() {
  const counts = new Map<string, number>();
  let total = 0;
  return {
    get total() {
      return total;
    },
    add(key: string, max: number): boolean {
      const count = counts.get(key) ?? 0;
      if (count >= max) return false;
      counts.set(key, count + 1);
      total++;
      return true;
    },
    remove(key: string): void {
      const left = (counts.get(key) ?? 1) - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
      total--;
    },
  };
}

export function createSessionRegistry<S extends RegisteredSession>(bounds: SocketBounds): SessionRegistry<S> {
  const sessions = new Set<S>();
  const users = createTally();
  const visitors = createTally();
  return {
    [Symbol.iterator]: () => sessions[Symbol.iterator](),
    add: (session) => void sessions.add(session),
    delete(session) {
      if (!sessions.delete(session)) return;
      if (session.userId !== undefined) users.remove(session.userId);
      if (session.visitorNetwork !== undefined) visitors.remove(session.visitorNetwork);
    },
    get size() {
      return sessions.size;
    },
    get visitors() {
      return visitors.total;
    },
    claim: (userId) => users.add(userId, bounds.maxSocketsPerUser),
    claimVisit(network) {
      if (visitors.total >= bounds.maxVisitors) return 'full';
      return visitors.add(network, bounds.maxVisitorsPerNetwork) ? 'counted' : 'network full';
    },
  };
}
