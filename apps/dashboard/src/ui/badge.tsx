import type { BatchState, NodeStatus, TaskState } from '../api/types.ts';
import { capital } from './format.ts';

const TASK_LOOK: Record<TaskState, string> = {
  pending: 'warn',
  assigned: 'info',
  in_progress: 'info busy',
  completed: 'good',
  failed: 'bad',
  cancelled: '',
};
const TASK_NAMES: Partial<Record<TaskState, string>> = { in_progress: 'Running' };

/** State of a task. */
export function TaskBadge({ status }: { status: TaskState }) {
  return <span className={`badge ${TASK_LOOK[status]}`}>{TASK_NAMES[status] ?? capital(status)}</span>;
}

const NODE_LOOK: Record<NodeStatus, string> = { online: 'good', offline: '', maintenance: 'warn' };

/** State of a node. */
export function NodeBadge({ status, draining = false }: { status: NodeStatus; draining?: boolean }) {
  const drains = draining && status !== 'offline';
  return <span className={`badge ${drains ? 'warn' : NODE_LOOK[status]}`}>{drains ? 'Draining' : capital(status)}</span>;
}

const BATCH_LOOK: Record<BatchState, string> = { waiting: 'warn', posted: 'info busy', final: 'good', rejected: 'bad' };

/** State of a settlement batch on chain. */
export function BatchBadge({ state }: { state: BatchState }) {
  return <span className={`badge ${BATCH_LOOK[state]}`}>{capital(state)}</span>;
}
