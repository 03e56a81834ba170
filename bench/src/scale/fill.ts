import type { LoadTarget, TaskShape } from '../load/submissions.ts';
import type { Stage } from '../run/stage.ts';

const SIZE = 1_000;
const CONNECTIONS = 8;
const LONGEST_S = 3_600;

export interface Fill {
  tasks: number;
  target?: LoadTarget;
  shape?: TaskShape;
}

/** Submits exactly so many tasks through the API, in the largest batches there are. Answers the rate, tasks a second. */
export async function fillQueue(stage: Stage, { tasks, target = stage.target, shape = {} }: Fill): Promise<number> {
  const rest = tasks % SIZE;
  const loop = { target, shape, connections: CONNECTIONS, seconds: LONGEST_S };
  const { accepted, startedMs, endedMs } = await stage.load.call('closedLoop', { ...loop, size: SIZE, maxTasks: tasks - rest });
  stage.accepted += accepted;
  if (rest > 0) {
    await stage.load.call('submitOnce', { target, shape, size: rest });
    stage.accepted += rest;
  }
  return Math.round((accepted * 1000) / Math.max(1, endedMs - startedMs));
}
