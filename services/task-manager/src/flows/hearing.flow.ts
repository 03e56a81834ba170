import type { Stop } from '@deai/bus';
import type { TaskChange } from '@deai/protocol';
import type { CancelFlow } from './cancel.flow.ts';
import { hasMovedOn, isOver } from './changes.ts';
import type { Engine } from './engine.ts';
import type { SessionFlow } from './session.flow.ts';
import type { SharingFlow } from './sharing.flow.ts';

/** Follows what other task managers do: their tasks are dropped from this one's memory, and nodes that moved are forgotten. */
export interface HearingFlow {
  start(): Promise<void>;
  stop(): void;
}

/** What the flow tells the others. */
export interface HearingHooks {
  cancel: CancelFlow;
  sessions: SessionFlow;
  sharing: SharingFlow;
  creditReturned(nodeId: string): void;
}

export function createHearingFlow(engine: Engine, { cancel, sessions, sharing, creditReturned }: HearingHooks): HearingFlow {
  const { schedulerId, scheduler, peers, bus } = engine;
  let stops: Stop[] = [];

  function hear(change: TaskChange): void {
    sharing.heard(change);
    const waiting = scheduler.waitingTask(change.taskId);
    if (waiting && hasMovedOn(waiting, change)) scheduler.withdraw(change.taskId);
    const lease = scheduler.leaseOfTask(change.taskId);
    // What is being written, or ended, is settled by what the store answers.
    if (!lease?.written || lease.settling || !isOver(lease, change)) return;
    if (change.state === 'cancelled') cancel.tellNode(change.taskId);
    else {
      scheduler.release(lease.leaseId);
      creditReturned(lease.nodeId);
    }
  }

  return {
    async start() {
      stops = await Promise.all([
        bus.subscribe('tasks.changed', ({ changes }) => {
          if (peers.known) for (const change of changes) hear(change);
        }),
        bus.subscribe('tasks.homed', (homed) => {
          if (homed.schedulerId !== schedulerId) sessions.moved(homed);
        }),
      ]);
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}
