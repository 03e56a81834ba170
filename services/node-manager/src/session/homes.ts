import { type Bus, isUnserved } from '@deai/bus';
import { type CommandInput, type CommandOutput, DeaiError, type NodeSession } from '@deai/protocol';
import { type Abandonable, createAbandonable } from './abandonable.ts';

/** Commands for the task manager where a session has its home. */
export type HomeCommand = 'tasks.updateSession' | 'tasks.closeSession' | 'tasks.report' | 'tasks.results';

/** The task managers where this instance's sessions have their homes. */
export interface Homes {
  /** Opens a session at any task manager, or at `to`; while one stands still, at one that was heard of last. @throws DeaiError when none takes it. */
  open(session: NodeSession, holding: string[], to?: string): Promise<CommandOutput<'tasks.openSession'>>;
  /**
   * Asks a home. @throws DeaiError what it answers; {@link isHomeLost} says whether it was no answer at all.
   * What was under way when the home was lost may have been done: asked again elsewhere, it is told so.
   */
  ask<C extends HomeCommand>(home: string, command: C, input: CommandInput<C>): Promise<CommandOutput<C>>;
  /** Which of the sessions have no home there any more; `undefined` when it is gone. An answer that is late twice counts as gone. */
  ping(home: string, sessions: CommandInput<'tasks.ping'>['sessions']): Promise<Set<string> | undefined>;
  /** Gives up on what is under way at a home that is gone. */
  lost(home: string): void;
}

/** A home that takes longer to answer from its memory is stuck, */
const PING_MS = 2_000;
/** and one that is late so many times in a row counts as gone. */
const MAX_LATE = 2;
/** So long one that stood still is not trusted with a session: the wire cannot tell it from the others. */
const SUSPECT_MS = 30_000;
/** Opening waits for the database. */
const OPEN_MS = 10_000;
/** Sessions in one question. */
const PAGE = 2_000;

export function createHomes(bus: Bus): Homes {
  const underWay = new Map<string, Abandonable>();
  const late = new Map<string, number>();
  /** Task managers that answered, the last one last. */
  const heardOf = new Set<string>();
  let suspectUntilMs = 0;

  function note(home: string): void {
    heardOf.delete(home);
    heardOf.add(home);
  }

  function callsOf(home: string): Abandonable {
    let calls = underWay.get(home);
    if (!calls) {
      calls = createAbandonable();
      underWay.set(home, calls);
    }
    return calls;
  }

  return {
    async open(session, holding, to = Date.now() < suspectUntilMs ? [...heardOf].at(-1) : undefined) {
      const options = { timeoutMs: OPEN_MS, ...(to === undefined ? {} : { to }) };
      const answer = await bus.request('tasks.openSession', { session, holding }, options).catch((error: unknown) => {
        if (to !== undefined) heardOf.delete(to);
        throw error;
      });
      note(answer.schedulerId);
      return answer;
    },
    async ask(home, command, input) {
      try {
        return await callsOf(home).ask(bus.request(command, input, { to: home }));
      } catch (error) {
        if (!isUnserved(error, command, home)) throw error;
        // Taken, and nobody answers for it: it may stand still, and be asked again.
        if (error.details?.outcomeUnknown) suspectUntilMs = Date.now() + SUSPECT_MS;
        throw homeLost(home, error);
      }
    },
    async ping(home, sessions) {
      const unknown = new Set<string>();
      try {
        for (let from = 0; from < sessions.length; from += PAGE) {
          const page = { sessions: sessions.slice(from, from + PAGE) };
          for (const id of (await bus.request('tasks.ping', page, { to: home, timeoutMs: PING_MS })).unknown) unknown.add(id);
        }
        late.delete(home);
        note(home);
        return unknown;
      } catch (error) {
        if (isUnserved(error, 'tasks.ping', home)) return undefined;
        // A lost connection says nothing of the home.
        if (!(error instanceof DeaiError) || error.code !== 'TIMEOUT') return unknown;
        const times = (late.get(home) ?? 0) + 1;
        late.set(home, times);
        if (times < MAX_LATE) return unknown;
        suspectUntilMs = Date.now() + SUSPECT_MS;
        return undefined;
      }
    },
    lost(home) {
      late.delete(home);
      heardOf.delete(home);
      const calls = underWay.get(home);
      underWay.delete(home);
      calls?.abandon(homeLost(home));
    },
  };
}

function homeLost(home: string, cause?: unknown): DeaiError {
  return new DeaiError('UNAVAILABLE', { home, hint: 'The task manager that was asked is gone.' }, { cause });
}

/** True for the failure of a command whose home is gone, or does not have the session: asked again at a new home, it may be answered. */
export function isHomeLost(error: unknown): boolean {
  if (!(error instanceof DeaiError)) return false;
  return error.code === 'NODE_NOT_CONNECTED' || (error.code === 'UNAVAILABLE' && error.details?.home !== undefined);
}
