import type { Round } from '../domain/matching.ts';
import type { Submission, SubmissionOutcome } from '../domain/ports.ts';
import type { Placement } from '../domain/scheduler.ts';
import type { LiveTask, NewTask } from '../domain/task.ts';
import { changeOf } from './announcer.ts';
import type { Backlog } from './backlog.ts';
import type { DispatchFlow } from './dispatch.flow.ts';
import type { Engine } from './engine.ts';

/**
 * Commits a batch of submissions. Tasks that find a free node are stored as assigned already, which saves a write each;
 * what was reserved for submissions that were not stored is given back.
 */
export function createCommit(engine: Engine, dispatch: DispatchFlow, backlog: Backlog) {
  const { scheduler, store, metrics } = engine;

  async function commit(submissions: Submission[]): Promise<SubmissionOutcome[]> {
    const tasks = submissions.flatMap((s) => s.tasks);
    const placements = new Map<NewTask, Placement>();
    const round: Round = new Map();
    for (const fresh of tasks) {
      const placement = scheduler.place(fresh.task, round);
      if (!placement) continue;
      fresh.lease = placement.lease;
      placements.set(fresh, placement);
    }
    metrics.batchRows.observe({ statement: 'submit' }, tasks.length);
    const end = metrics.statementSeconds.startTimer({ statement: 'submit' });
    try {
      const outcomes = await store.submit(submissions).finally(end);
      for (const [i, submission] of submissions.entries()) takeUp(submission.tasks, outcomes[i]?.status === 'stored', placements);
      return outcomes;
    } catch (error) {
      for (const fresh of tasks) {
        undo(fresh);
        // The commit may have happened all the same: its tasks are then found in the database.
        backlog.reread(fresh.task);
      }
      throw error;
    }
  }
  function undo(fresh: NewTask): void {
    if (!fresh.lease) return;
    scheduler.release(fresh.lease.leaseId);
    fresh.task.attempt--;
    fresh.lease = null;
  }
  function takeUp(fresh: NewTask[], stored: boolean, placements: Map<NewTask, Placement>): void {
    if (!stored) {
      for (const item of fresh) undo(item);
      return;
    }
    const placed: Placement[] = [];
    for (const item of fresh) {
      const placement = placements.get(item);
      metrics.submitted.inc({ kind: item.task.kind });
      engine.counts.move(item.task, null, placement ? 'running' : 'pending');
      if (placement) {
        placement.lease.written = true;
        placed.push(placement);
      } else takeIn(item.task);
    }
    if (placed.length > 0) void dispatch.send(placed);
  }
  function takeIn(task: LiveTask): void {
    engine.announcer.announce(changeOf(task, 'pending'));
    if (backlog.admit(task)) dispatch.queue(task);
    else dispatch.fillClass(scheduler.classOf(task));
  }

  return commit;
}
