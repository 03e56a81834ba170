import type { CapabilityClass } from './capability-class.ts';
import { finishScore, hasRoom, type PoolNode } from './node-pool.ts';
import type { LiveTask } from './task.ts';

const SAMPLED = 4;
/** How many tasks that avoid a node are looked past before it is left idle for this round. */
const LOOK_PAST = 8;
/** Above any real score, so that a node that failed the task is taken only when no other is free. */
const AVOIDED = 1e12;
/** How much later a task may be done for sharing a frame. */
const SHARED_FRAME_MS = 5;

/**
 * Tasks that are decided on together. A node that was given one shares its frame, and later its signature and its acknowledgement, with
 * the next one: that saves the network most of what a task costs.
 */
export type Round = Map<CapabilityClass, PoolNode>;

/**
 * The free node that should finish the task first. A few random candidates come close to the best of all,
 * at a cost that does not grow with the network. A node of the same round is preferred while waiting there costs next to nothing,
 * so quick tasks travel together and slow ones are spread.
 */
export function pickNode(capability: CapabilityClass, task: LiveTask, round: Round): PoolNode | undefined {
  const { free } = capability;
  const start = free.size > SAMPLED ? Math.floor(Math.random() * free.size) : 0;
  const open = round.get(capability);
  let best: PoolNode | undefined = open && free.has(open) ? open : undefined;
  let bestScore = best ? scoreOf(best, capability, task) - SHARED_FRAME_MS : Number.POSITIVE_INFINITY;
  for (let i = 0; i < Math.min(SAMPLED, free.size); i++) {
    const node = free.at((start + i) % free.size);
    const score = scoreOf(node, capability, task);
    if (score < bestScore) {
      best = node;
      bestScore = score;
    }
  }
  if (best) round.set(capability, best);
  return best;
}

function scoreOf(node: PoolNode, capability: CapabilityClass, task: LiveTask): number {
  const avoided = task.avoid.includes(node.nodeId) ? AVOIDED : 0;
  return finishScore(node, capability.key, task.kind, task.unitsQuoted) + avoided;
}

/** Of the classes that a node serves, the one whose turn it is. */
export function nextClass(node: PoolNode, except: ReadonlySet<CapabilityClass>): CapabilityClass | undefined {
  let next: CapabilityClass | undefined;
  for (const capability of node.classes) {
    if (capability.queue.size === 0 || except.has(capability) || !hasRoom(node, capability.key)) continue;
    if (!next || capability.queue.nextDue() < next.queue.nextDue()) next = capability;
  }
  return next;
}

/** Takes the class's next task for this node; tasks that failed there are left for other nodes while there are any. */
export function nextTask(node: PoolNode, capability: CapabilityClass): LiveTask | undefined {
  const passed: LiveTask[] = [];
  let found: LiveTask | undefined;
  while (passed.length < LOOK_PAST && !found) {
    const task = capability.queue.pop();
    if (!task) break;
    if (task.avoid.includes(node.nodeId) && capability.nodes.size > task.avoid.length) passed.push(task);
    else found = task;
  }
  for (const task of passed.reverse()) capability.queue.pushFront(task);
  return found;
}
