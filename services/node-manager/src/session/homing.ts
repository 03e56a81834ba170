import { CLOSE_CODES, type CommandInput, type CommandOutput, DeaiError, newId } from '@deai/protocol';
import type { Logger, Turns } from '@deai/service-kit';
import type { NodeStore } from '../domain/ports.ts';
import { type HomeCommand, type Homes, isHomeLost } from './homes.ts';
import { type LiveSession, schedulable } from './node-session.ts';

/**
 * Keeps each session at home at one task manager, which alone gives its node work. When that one is gone the session opens at another,
 * with the leases that the node holds, and what was not answered is asked there again.
 */
export interface Homing {
  /** Opens a new session at a task manager. Answers the leases that are no longer the node's. Never rejects: it is tried again. */
  open(session: LiveSession, holding: string[]): Promise<string[]>;
  /** Asks the session's home; `make` gives the input, anew for each home. @throws DeaiError when it has none, and what the home answers. */
  ask<C extends HomeCommand>(session: LiveSession, command: C, make: () => CommandInput<C>): Promise<CommandOutput<C>>;
  /** The node is gone: its leases go back after `graceMs`. Never rejects. */
  close(session: LiveSession, graceMs: number): Promise<void>;
  /** Asks every home whether it is there and has its sessions, and opens again those that have none. */
  sweep(): Promise<void>;
  /** A task manager started: it gets the sessions without a home, and its share of the others that are not at home in this process. */
  started(schedulerId: string): Promise<void>;
  /** A task manager stops: its sessions move. What it was asked it still answers. */
  stopping(schedulerId: string): Promise<void>;
}

export interface HomingParts {
  instanceId: string;
  sessions: ReadonlyMap<string, LiveSession>;
  homes: Homes;
  turns: Turns;
  store: Pick<NodeStore, 'beat'>;
  drop(session: LiveSession, error: DeaiError, closeCode: number): void;
  logger: Logger;
}

/** Homes asked in vain before the caller is told. */
const MAX_TRIES = 3;

export function createHoming({ instanceId, sessions, homes, turns, store, drop, logger }: HomingParts): Homing {
  const all = () => [...sessions.values()];

  async function open(session: LiveSession, holding: string[], to?: string): Promise<string[]> {
    try {
      const answer = await homes.open(schedulable(session, instanceId), holding, to);
      session.home = answer.schedulerId;
      return answer.drop;
    } catch (error) {
      logger.warn({ err: error, nodeId: session.node.id }, 'no task manager took a session; it is tried again');
      return [];
    }
  }
  /** In the node's turn. Under a new id, so that what the home before still sends is refused and goes back to its queue. */
  async function reopen(session: LiveSession, to?: string): Promise<void> {
    if (sessions.get(session.node.id) !== session) return;
    if (session.home !== null && (to === undefined || to === session.home)) return;
    session.home = null;
    session.homeId = newId();
    const lost = await open(session, [...session.leases], to);
    for (const leaseId of lost) session.leases.delete(leaseId);
    if (lost.length > 0) session.outbox.cancel(lost);
  }
  /** A session that another node manager replaced must not take the node's home away from it. */
  async function stillOwn(list: LiveSession[]): Promise<Set<LiveSession>> {
    const beats = list.filter(({ stored }) => stored);
    const replaced = new Set(
      beats.length === 0
        ? []
        : await store.beat(beats.map((s) => ({ nodeId: s.node.id, sessionId: s.sessionId, metrics: s.metrics, atMs: s.heardAtMs }))),
    );
    for (const session of beats)
      if (replaced.has(session.sessionId)) drop(session, new DeaiError('NODE_SESSION_REPLACED'), CLOSE_CODES.replaced);
    return new Set(list.filter(({ sessionId }) => !replaced.has(sessionId)));
  }
  function move(list: LiveSession[], to?: string): Promise<unknown> {
    const resting = list.filter(({ moving }) => moving === null);
    const own = stillOwn(resting);
    for (const session of resting) {
      session.moving = own
        .then(async (kept) => {
          if (kept.has(session)) await turns.inTurn(session.node.id, () => reopen(session, to));
        })
        .catch((error: unknown) => logger.warn({ err: error, nodeId: session.node.id }, 'a session did not move; it is tried again'))
        .finally(() => {
          session.moving = null;
        });
    }
    return Promise.all(list.map(({ moving }) => moving));
  }
  function leave(list: LiveSession[], home: string): Promise<unknown> {
    const away = list.filter((session) => session.home === home);
    for (const session of away) session.home = null;
    return move(away);
  }
  async function gone(home: string): Promise<void> {
    homes.lost(home);
    const count = all().filter((session) => session.home === home).length;
    if (count > 0) logger.warn({ home, sessions: count }, 'a task manager is gone, its sessions move');
    await leave(all(), home);
  }
  async function look(home: string, list: LiveSession[]): Promise<void> {
    const asked = list.map((session) => ({ session, nodeId: session.node.id, sessionId: session.homeId }));
    const unknown = await homes.ping(
      home,
      asked.map(({ nodeId, sessionId }) => ({ nodeId, sessionId })),
    );
    if (unknown === undefined) return await gone(home);
    const astray = asked.filter(({ session, sessionId }) => session.homeId === sessionId && unknown.has(sessionId));
    await leave(
      astray.map(({ session }) => session),
      home,
    );
  }
  async function homeOf(session: LiveSession): Promise<string> {
    if (session.home === null) await move([session]);
    if (session.home === null) throw new DeaiError('UNAVAILABLE', { hint: 'No task manager has this session.' });
    return session.home;
  }

  return {
    open,
    async ask(session, command, make) {
      for (let tries = 1; ; tries++) {
        const home = session.home ?? (await homeOf(session));
        try {
          return await homes.ask(home, command, make());
        } catch (error) {
          if (!isHomeLost(error) || tries === MAX_TRIES) throw error;
          if ((error as DeaiError).code === 'UNAVAILABLE') void gone(home);
          else if (session.home === home) session.home = null;
        }
      }
    },
    async close(session, graceMs) {
      const { home, homeId: sessionId, node } = session;
      session.home = null;
      if (home === null) return;
      await homes.ask(home, 'tasks.closeSession', { nodeId: node.id, sessionId, graceMs }).catch((error: unknown) => {
        logger.warn({ err: error, nodeId: node.id }, 'the task manager was not told of a lost node; its leases go back later');
      });
    },
    async sweep() {
      const byHome = Map.groupBy(all(), ({ home }) => home);
      const homeless = byHome.get(null) ?? [];
      byHome.delete(null);
      await Promise.all([move(homeless), ...[...byHome].map(([home, list]) => look(home as string, list))]);
    },
    async started(schedulerId) {
      await this.sweep();
      const placed = all().filter(({ home }) => home !== null && home !== instanceId);
      const others = placed.filter(({ home, moving }) => home !== schedulerId && moving === null);
      const homesNow = new Set([schedulerId, ...placed.map(({ home }) => home)]).size;
      const share = schedulerId === instanceId ? others.length : Math.floor(placed.length / homesNow) - (placed.length - others.length);
      // Those with the least in hand move easiest.
      others.sort((a, b) => a.leases.size - b.leases.size);
      await move(others.slice(0, Math.max(0, share)), schedulerId);
    },
    async stopping(schedulerId) {
      await leave(all(), schedulerId);
    },
  };
}
