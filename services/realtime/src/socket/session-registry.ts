/** An open socket, as far as the whole service is concerned with it. */
export interface RegisteredSession {
  /** Of the principal; `undefined` before authentication. */
  readonly userId: string | undefined;
  readonly credentialId: string | undefined;
}

/** Every open socket of this instance. */
export interface SessionRegistry<S extends RegisteredSession> extends Iterable<S> {
  add(session: S): void;
  delete(session: S): void;
  readonly size: number;
  /** Counts one more socket of the user; false, without counting, at the limit. */
  claim(userId: string): boolean;
}

export function createSessionRegistry<S extends RegisteredSession>(maxPerUser: number): SessionRegistry<S> {
  const sessions = new Set<S>();
  const perUser = new Map<string, number>();
  return {
    [Symbol.iterator]: () => sessions[Symbol.iterator](),
    add: (session) => void sessions.add(session),
    delete(session) {
      if (!sessions.delete(session) || session.userId === undefined) return;
      const left = (perUser.get(session.userId) ?? 1) - 1;
      if (left === 0) perUser.delete(session.userId);
      else perUser.set(session.userId, left);
    },
    get size() {
      return sessions.size;
    },
    claim(userId) {
      const count = perUser.get(userId) ?? 0;
      if (count >= maxPerUser) return false;
      perUser.set(userId, count + 1);
      return true;
    },
  };
}
