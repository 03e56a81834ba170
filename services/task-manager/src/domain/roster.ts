import type { NodeSession, TaskRequirements } from '@deai/protocol';
import { type CapabilityClass, createCapabilityClass } from './capability-class.ts';
import { canServe, hasRoom, type PoolNode, type Slot, slotsOf } from './node-pool.ts';
import type { Lease } from './task.ts';

/** The connected nodes and the classes of work, each knowing the other. */
export interface Roster {
  readonly classes: ReadonlyMap<string, CapabilityClass>;
  readonly nodes: ReadonlyMap<string, PoolNode>;
  classOf(task: { classKey: string; needs: TaskRequirements }): CapabilityClass;
  /** A session opened or changed: the node keeps what was learnt of it, and the leases it holds. */
  open(session: NodeSession, held: readonly Lease[]): PoolNode;
  /** Forgets the node when `sessionId` is still its session. */
  close(nodeId: string, sessionId: string): boolean;
  /** A lease of the node began (1) or ended (-1). */
  count(nodeId: string, classKey: string, by: 1 | -1): PoolNode | undefined;
}

export function createRoster(): Roster {
  const classes = new Map<string, CapabilityClass>();
  const nodes = new Map<string, PoolNode>();

  const slots = new WeakMap<PoolNode, ReturnType<typeof slotsOf>>();

  function slotFor(node: PoolNode, { kind, model }: TaskRequirements): Slot | undefined {
    return slots.get(node)?.find(({ capability }) => capability.kind === kind && capability.models.includes(model))?.slot;
  }
  function join(node: PoolNode, capability: CapabilityClass): void {
    const slot = slotFor(node, capability.needs);
    if (!slot) return;
    node.slots.set(capability.key, slot);
    node.classes.push(capability);
    capability.nodes.add(node);
    if (node.session.accepting) capability.credits += slot.credits;
    if (hasRoom(node, capability.key)) capability.free.add(node);
  }
  function leave(node: PoolNode): void {
    for (const capability of node.classes) {
      capability.nodes.delete(node);
      if (node.session.accepting) capability.credits -= node.slots.get(capability.key)?.credits ?? 0;
      capability.free.delete(node);
    }
    node.classes = [];
    node.slots.clear();
  }
  function refreshFree(node: PoolNode): void {
    for (const capability of node.classes) {
      if (hasRoom(node, capability.key)) capability.free.add(node);
      else capability.free.delete(node);
    }
  }

  return {
    classes,
    nodes,
    classOf({ classKey, needs }) {
      let found = classes.get(classKey);
      if (!found) {
        found = createCapabilityClass(classKey, needs);
        classes.set(classKey, found);
        for (const node of nodes.values()) if (canServe(node, found)) join(node, found);
      }
      return found;
    },
    open(session, held) {
      const node: PoolNode = nodes.get(session.nodeId) ?? {
        nodeId: session.nodeId,
        session,
        inFlight: 0,
        classes: [],
        slots: new Map(),
        runMs: new Map(),
      };
      leave(node);
      node.session = session;
      node.inFlight = held.length;
      nodes.set(node.nodeId, node);
      slots.set(node, slotsOf(session.offer));
      for (const { task } of held) {
        const slot = slotFor(node, task.needs);
        if (slot) slot.inFlight++;
      }
      for (const capability of classes.values()) if (canServe(node, capability)) join(node, capability);
      return node;
    },
    close(nodeId, sessionId) {
      const node = nodes.get(nodeId);
      if (node?.session.sessionId !== sessionId) return false;
      leave(node);
      nodes.delete(nodeId);
      return true;
    },
    count(nodeId, classKey, by) {
      const node = nodes.get(nodeId);
      if (!node) return undefined;
      node.inFlight += by;
      const slot = node.slots.get(classKey);
      if (slot) slot.inFlight += by;
      refreshFree(node);
      return node;
    },
  };
}
