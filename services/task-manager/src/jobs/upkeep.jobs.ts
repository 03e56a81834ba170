import { isUnserved } from '@deai/bus';
import { createJob, type Job } from '@deai/service-kit';
import type { CapabilityClass } from '../domain/capability-class.ts';
import type { Lease } from '../domain/task.ts';
import type { AttemptFlow } from '../flows/attempt.flow.ts';
import type { Backlog } from '../flows/backlog.ts';
import type { DispatchFlow } from '../flows/dispatch.flow.ts';
import type { Engine } from '../flows/engine.ts';
import type { SessionFlow } from '../flows/session.flow.ts';
import type { SharingFlow } from '../flows/sharing.flow.ts';
import { createArchiveJobs } from './archive.jobs.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const KEYS_KEPT_MS = 7 * DAY_MS;
/** A lease that another instance, or an earlier life of this one, let expire this long ago is taken over. */
const ORPHANED_MS = 15_000;
const MAX_ORPHANS = 500;
const PING_MS = 2_000;
/** Rare, for a task that waits out its retry's delay is found by it as well, and would start early. */
const LOOK_MS = 15_000;

/** Makes today's partitions and those of the days ahead. */
export async function makePartitions({ store, config, logger, now }: Engine): Promise<void> {
  const made = await store.makePartitions(now(), now() + config.DEAI_TASKS_PARTITION_DAYS * DAY_MS);
  if (made.length > 0) logger.info({ partitions: made }, 'partitions made');
}

/** What upkeep drives. */
export interface UpkeepParts {
  attempts: AttemptFlow;
  dispatch: DispatchFlow;
  backlog: Backlog;
  sharing: SharingFlow;
  sessions: SessionFlow;
}

/** The task manager's upkeep while it runs. */
export function createUpkeepJobs(engine: Engine, { attempts, dispatch, backlog, sharing, sessions }: UpkeepParts): Job[] {
  const { scheduler, store, claims, bus, logger, metrics, now } = engine;

  async function expire(): Promise<void> {
    const due = [...scheduler.leases.values()].filter((lease) => lease.written && !lease.settling && lease.untilMs < now());
    await Promise.all(due.map(expireOne));
  }
  async function expireOne(lease: Lease): Promise<void> {
    const node = scheduler.nodes.get(lease.nodeId);
    await attempts.fail(lease, { code: 'LEASE_EXPIRED', message: 'the node did not return a result in time' }, 'node');
    if (!node) return;
    const { nodeId, instanceId } = node.session;
    // A node that cannot be told finds out when its result is refused.
    await bus.request('nodes.cancelLeases', { nodeId, leases: [lease.leaseId] }, { to: instanceId }).catch(() => undefined);
  }
  async function takeOverOrphans(): Promise<void> {
    for (const claimed of await claims.claimExpired(now() - ORPHANED_MS, MAX_ORPHANS)) {
      scheduler.adopt(claimed);
      const lease = scheduler.leases.get(claimed.leaseId) ?? claimed;
      await attempts.fail(lease, { code: 'LEASE_EXPIRED', message: 'nobody answered for this lease' }, 'node');
    }
  }
  /** Reads on flows whose first read failed, and offers waiting work to nodes that are free. */
  async function nudge(): Promise<void> {
    for (const capability of scheduler.classes.values()) dispatch.fillClass(capability);
    sharing.waits();
  }
  /** The database is the truth: when nothing of a class is known to wait and nodes are free for it, what waits there after all is found. */
  async function look(): Promise<void> {
    const idle = ({ free, queue }: CapabilityClass) => free.size > 0 && queue.size === 0;
    if (scheduler.waiting === 0 || [...scheduler.classes.values()].some(idle)) await backlog.restore(idle);
  }
  /** A node manager that was killed says nothing of its sessions; their leases must not last until their time limits. */
  async function watchNodeManagers(): Promise<void> {
    const instances = new Set([...scheduler.nodes.values()].map(({ session }) => session.instanceId));
    for (const to of instances) {
      await bus.request('nodes.ping', {}, { to, timeoutMs: PING_MS }).catch((error: unknown) => {
        if (isUnserved(error, 'nodes.ping', to)) sessions.instanceLost(to);
      });
    }
  }
  async function forgetCompletions(): Promise<void> {
    const forgotten = await engine.receipts.forgetUnsettled(now() - engine.config.DEAI_TASKS_COMPLETION_LOG_HOURS * HOUR_MS);
    if (forgotten > 0) logger.debug({ commits: forgotten }, 'completions forgotten that nobody settles');
  }
  // Up to 64 are made ahead, so one length of time between runs is early enough.
  const partitionsEveryMs = Math.min(3_600_000, engine.config.DEAI_TASKS_PARTITION_MINUTES * 60_000);
  return [
    createJob('expire-leases', 1_000, expire, logger),
    createJob('take-over-orphans', 15_000, takeOverOrphans, logger),
    createJob('nudge', 2_000, nudge, logger),
    createJob('look-for-waiting', LOOK_MS, look, logger),
    createJob('node-managers', 1_000, watchNodeManagers, logger),
    createJob('forget-instances', 3_600_000, () => claims.forgetInstances(), logger),
    createJob('compact', 60_000, () => store.compact(now() - KEYS_KEPT_MS), logger),
    createJob('forget-completions', 60_000, forgetCompletions, logger),
    createJob('partitions', partitionsEveryMs, () => makePartitions(engine), logger),
    createJob('look-at-partitions', 15_000, async () => metrics.partitions.set(await store.refreshPartitions()), logger),
    ...createArchiveJobs(engine),
  ];
}
