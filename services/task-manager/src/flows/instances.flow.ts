import { isUnserved, type Stop } from '@deai/bus';
import { createJob, type Job } from '@deai/service-kit';
import type { InstanceRow } from '../domain/claims.ts';
import type { Lease } from '../domain/task.ts';
import type { Engine } from './engine.ts';

/** This task manager among others: its signs of life, and what it takes over from those that are gone. */
export interface InstancesFlow {
  /** The first sign of life; takes over what gone instances looked after. */
  join(): Promise<void>;
  /** False when this instance could not give signs of life and others may have given it up: it must not take work on. */
  readonly current: boolean;
  readonly job: Job;
  /** The last sign of life. */
  leave(): Promise<void>;
}

/** What the flow asks of the others. */
export interface InstanceHooks {
  /** Leases of a gone instance are this one's now: their nodes have a while to come here or elsewhere. */
  inherited(leases: Lease[]): void;
  /** Waiting tasks of a gone instance are in the database, for this one to read. */
  readWaiting(): Promise<void>;
  /** Others had given this instance up, and what it held is theirs: it begins anew, and its sessions come again if they still reach it. */
  reset(): void;
}

/** How often an instance gives a sign of life and looks at the others. */
const BEAT_MS = 1_000;
const PING_MS = 1_000;
const MISSED_BEATS_MS = 1_500;

export function createInstancesFlow(engine: Engine, hooks: InstanceHooks): InstancesFlow {
  const { schedulerId, claims, peers, bus, logger, config } = engine;
  let joined = false;
  let seenAtMs = engine.now();
  let stops: Stop[] = [];
  /** Inherited, and not taken over yet: the database may have failed in between. */
  const heritage = new Set<string>();
  /** Since when instances are not there to be asked. */
  const missing = new Map<string, number>();

  /**
   * Who is gone: silent for long, or silent for a moment and not there to be asked, for a process that was killed need not be waited for.
   * One that gives signs of life and is not there has lost its bus: it keeps its leases for as long as a silent one.
   */
  async function absentOf(others: readonly InstanceRow[]): Promise<Set<string>> {
    const absent = new Set<string>();
    await Promise.all(
      others.map(async ({ id, silentMs }) => {
        if (silentMs < config.DEAI_TASKS_DEAD_MS && !(await isGone(id, silentMs))) return;
        absent.add(id);
      }),
    );
    return absent;
  }
  async function isGone(id: string, silentMs: number): Promise<boolean> {
    const there = await isThere(id);
    if (there) missing.delete(id);
    else if (!missing.has(id)) missing.set(id, engine.now());
    const missingMs = engine.now() - (missing.get(id) ?? engine.now());
    return !there && (silentMs > MISSED_BEATS_MS || missingMs > config.DEAI_TASKS_DEAD_MS);
  }
  async function isThere(id: string): Promise<boolean> {
    try {
      await bus.request('tasks.ping', { sessions: [] }, { to: id, timeoutMs: PING_MS });
      return true;
    } catch (error) {
      return !isUnserved(error, 'tasks.ping', id);
    }
  }
  async function takeOver(): Promise<void> {
    if (heritage.size === 0) return;
    const ids = [...heritage];
    const leases = await claims.claimInstances(ids);
    hooks.inherited(leases);
    await hooks.readWaiting();
    for (const id of ids) heritage.delete(id);
    logger.info({ instances: ids, leases: leases.length }, 'took over from instances that are gone');
  }
  async function beat(): Promise<void> {
    const { lapsed, others } = await claims.beat(engine.network.own());
    seenAtMs = engine.now();
    if (lapsed && joined) {
      logger.warn({}, 'others had given this instance up');
      hooks.reset();
    }
    joined = true;
    const found = peers.update(others, await absentOf(others));
    engine.network.update(others, peers.alive);
    for (const id of await claims.inherit(found)) heritage.add(id);
    await takeOver();
  }
  const job = createJob('instances', BEAT_MS, beat, logger);
  const lookNow = () => job.runNow().catch(() => undefined);

  return {
    job,
    get current() {
      return peers.alive.size === 0 || engine.now() - seenAtMs < config.DEAI_TASKS_DEAD_MS;
    },
    async join() {
      stops = await Promise.all([
        bus.subscribe('tasks.started', ({ instanceId }) => peers.add(instanceId)),
        bus.subscribe('tasks.stopping', ({ instanceId }) => void (instanceId !== schedulerId && lookNow())),
      ]);
      await job.runNow();
    },
    async leave() {
      for (const stop of stops) stop();
      await claims
        .leave(engine.network.own())
        .catch((error: unknown) => logger.warn({ err: error }, 'stopped without a word to the others'));
    },
  };
}
