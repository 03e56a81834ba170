import type { CapabilityClass } from './capability-class.ts';
import { finishScore, hasRoom, type PoolNode } from './node-pool.ts';
import type { LiveTask } from './task.ts';

const SAMPLED = 4;
/** How many tasks that avoid a node are looked past before it is left idle for this round. */
const LOOK_PAST = 8;
/** Above any real score, so that a node that failed the task is taken only when no other is free. */
const AVOIDED = 1e12;

/**
 * The free node that should finish the task first. A few random candidates come close to the best of all,
 * at a cost that does not grow with the network.
 */
export function pickNode(capability: CapabilityClass, task: LiveTask): PoolNode | undefined {
  const { free } = capability;
  const start = free.size > SAMPLED ? Math.floor(Math.random() * free.size) : 0;
  let best: PoolNode | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (let i = 0; i < Math.min(SAMPLED, free.size); i++) {
    const node = free.at((start + i) % free.size);
    const avoided = task.avoid.includes(node.nodeId) ? AVOIDED : 0;
    const score = finishScore(node, capability.key, task.kind, task.unitsQuoted) + avoided;
    if (score < bestScore) {
      best = node;
      bestScore = score;
    }
  }
  return best;
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
