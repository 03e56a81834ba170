import type { TaskKind } from './kinds/index.ts';
import type { NodeOffer } from './wire/common.ts';

/** What a node must have to run a task. Tasks with equal requirements share a queue: see {@link classOf}. */
export interface TaskRequirements {
  kind: TaskKind;
  model: string;
  memoryMiB: number;
  /** Empty when any region will do. */
  region: string;
}

/** A node's open session, as the scheduler sees it. */
export interface NodeSession {
  nodeId: string;
  /**
   * Of this opening at a task manager: a session that moves to another one gets a new id there, so that what the old one still sends is
   * told from the new one's.
   */
  sessionId: string;
  operatorId: string;
  /** Instance of the node manager that holds the socket. */
  instanceId: string;
  offer: NodeOffer;
  /** False in maintenance, while draining, or without the stake that the network asks for: it keeps its leases and gets no new ones. */
  accepting: boolean;
}

/** A session, by its node and its present id. */
export type SessionRef = Pick<NodeSession, 'nodeId' | 'sessionId'>;

/** Capability class of a task: one key for equal requirements. */
export function classOf(needs: TaskRequirements): string {
  return `${needs.kind}/${needs.model}/${needs.memoryMiB}/${needs.region}`;
}

/** Whether an offer covers the requirements: kind, model, memory and region. */
export function offerCovers(offer: Pick<NodeOffer, 'capabilities' | 'memoryMiB' | 'region'>, needs: TaskRequirements): boolean {
  if (offer.memoryMiB < needs.memoryMiB) return false;
  if (needs.region !== '' && offer.region !== needs.region) return false;
  return offer.capabilities.some((has) => has.kind === needs.kind && has.models.includes(needs.model));
}
