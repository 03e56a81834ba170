import type { NodeSession, TaskRequirements } from '@deai/protocol';
import { type CapabilityClass, createCapabilityClass } from './capability-class.ts';
import { canServe, freeCredits, type PoolNode } from './node-pool.ts';

/** The connected nodes and the classes of work, each knowing the other. */
export interface Roster {
  readonly classes: ReadonlyMap<string, CapabilityClass>;
  readonly nodes: ReadonlyMap<string, PoolNode>;
  classOf(task: { classKey: string; needs: TaskRequirements }): CapabilityClass;
  /** A session opened or changed: the node keeps what was learnt of it. */
  open(session: NodeSession, inFlight: number): PoolNode;
  /** Forgets the node when `sessionId` is still its session. */
  close(nodeId: string, sessionId: string): boolean;
  /** To be called after a node's credits changed. */
  refreshFree(node: PoolNode): void;
}

export function createRoster(): Roster {
  const classes = new Map<string, CapabilityClass>();
  const nodes = new Map<string, PoolNode>();

  function join(node: PoolNode, capability: CapabilityClass): void {
    node.classes.push(capability);
    capability.nodes.add(node);
    if (freeCredits(node) > 0) capability.free.add(node);
  }
  function leave(node: PoolNode): void {
    for (const capability of node.classes) {
      capability.nodes.delete(node);
      capability.free.delete(node);
    }
    node.classes = [];
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
    open(session, inFlight) {
      const node: PoolNode = nodes.get(session.nodeId) ?? { nodeId: session.nodeId, session, inFlight, classes: [], runMs: new Map() };
      leave(node);
      node.session = session;
      node.inFlight = inFlight;
      nodes.set(node.nodeId, node);
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
    refreshFree(node) {
      const free = freeCredits(node) > 0;
      for (const capability of node.classes) {
        if (free) capability.free.add(node);
        else capability.free.delete(node);
      }
    },
  };
}
