import type { NodeChange, Principal, TaskChange } from '@deai/protocol';

/** Reads the current state, and so decides who may see it: a refusal is the DeaiError of the service that owns it. */
export interface StateSource {
  task(principal: Principal, id: string): Promise<TaskChange>;
  /** @throws DeaiError `FORBIDDEN` when the node is neither the principal's nor the principal an admin. */
  node(principal: Principal, id: string): Promise<NodeChange>;
  /** The newest tasks of the principal, one page. */
  tasksOf(principal: Principal): Promise<TaskChange[]>;
  /** The nodes of the principal, or all for an admin, one page. */
  nodesOf(principal: Principal): Promise<NodeChange[]>;
}
