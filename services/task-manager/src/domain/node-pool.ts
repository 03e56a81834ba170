import { type NodeCapability, type NodeOffer, type NodeSession, offerCovers } from '@deai/protocol';
import type { CapabilityClass } from './capability-class.ts';

/** A connected node: its session, the credits it has left, and how fast it has been. */
export interface PoolNode {
  readonly nodeId: string;
  session: NodeSession;
  /** Leases it holds or is being given. */
  inFlight: number;
  classes: CapabilityClass[];
  /** By class, the capability that serves it; classes may share one. */
  slots: Map<string, Slot>;
  /** Measured run time of a task by class, an exponential moving average. */
  readonly runMs: Map<string, number>;
}

/** The leases of one capability of a node. */
export interface Slot {
  readonly credits: number;
  inFlight: number;
}

const SMOOTHING = 0.2;

/** Leases the node can still be given, of whatever class. */
export function freeCredits(node: PoolNode): number {
  return node.session.accepting ? Math.max(0, node.session.offer.credits - node.inFlight) : 0;
}

/** Whether the node can be given a lease of this class. */
export function hasRoom(node: PoolNode, classKey: string): boolean {
  const slot = node.slots.get(classKey);
  return slot !== undefined && slot.inFlight < slot.credits && freeCredits(node) > 0;
}

/** A slot for each capability of the offer. */
export function slotsOf(offer: NodeOffer): { capability: NodeCapability; slot: Slot }[] {
  return offer.capabilities.map((capability) => ({ capability, slot: { credits: capability.credits ?? offer.credits, inFlight: 0 } }));
}

/** Learns from a finished run. */
export function learnRunTime(node: PoolNode, classKey: string, runMs: number): void {
  const known = node.runMs.get(classKey);
  node.runMs.set(classKey, known === undefined ? runMs : known + SMOOTHING * (runMs - known));
}

/** Expected run time of a task on the node: measured if it ran such a task, else from the speed that it announced. */
function expectedRunMs(node: PoolNode, classKey: string, kind: string, units: number): number {
  const measured = node.runMs.get(classKey);
  if (measured !== undefined) return measured;
  const speed = node.session.offer.capabilities.find((c) => c.kind === kind)?.unitsPerSecond ?? 0;
  return speed > 0 ? (units / speed) * 1000 : 1000;
}

/** When a task given to the node now would be done, roughly: its queue times its speed. */
export function finishScore(node: PoolNode, classKey: string, kind: string, units: number): number {
  return (node.inFlight + 1) * expectedRunMs(node, classKey, kind, units);
}

/** True when the node's present offer covers the class. */
export function canServe(node: PoolNode, capability: CapabilityClass): boolean {
  return offerCovers(node.session.offer, capability.needs);
}
