import { connectNatsBus } from '@deai/bus';
import type { TaskChange } from '@deai/protocol';
import { cleanUpAtEnd } from '@deai/testkit';

/** A task manager as far as the bus hears of it: says, as fast as it was asked to, that tasks of one requester change. */
export interface TaskChanges {
  /** Changes told so far. */
  told(): number;
  /** Resolves when the bus has everything that was told. */
  stop(): Promise<void>;
}

export interface TaskChangesOptions {
  natsUrl: string;
  requesterId: string;
  /** Of the tasks that change, all of them all the time. */
  ids: readonly string[];
  perSecond: number;
}

/** Between two events, in ms. A task manager too tells what changed together as one event. */
const BETWEEN_MS = 10;
const STATES = ['assigned', 'in_progress', 'completed'] as const;

/** Begins at once; it ends with the file at the latest. */
export async function tellTaskChanges({ natsUrl, requesterId, ids, perSecond }: TaskChangesOptions): Promise<TaskChanges> {
  const bus = await connectNatsBus({ url: natsUrl, name: 'task changes' });
  const begun = performance.now();
  let told = 0;
  const change = (number: number): TaskChange => ({
    taskId: ids[number % ids.length] as string,
    requesterId,
    state: STATES[number % STATES.length] as TaskChange['state'],
    progress: (number % 100) / 100,
    attempt: 1,
    nodeId: null,
    estimatedCompletionMs: null,
  });
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond);
    const changes = Array.from({ length: due - told }, (_, i) => change(told + i));
    told = due;
    if (changes.length > 0) bus.publish('tasks.changed', { atMs: Date.now(), changes });
  }, BETWEEN_MS);
  async function stop(): Promise<void> {
    clearInterval(timer);
    await bus.close();
  }
  cleanUpAtEnd(stop);
  return { told: () => told, stop };
}
