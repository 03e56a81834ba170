import type { LeaseAck, NodeFrame } from '@deai/protocol';
import type { AgentParts } from '../agent-parts.ts';
import type { Registration } from '../identity/registration.ts';
import { sortAcks } from '../work/acks.ts';
import type { SessionHost } from './node-session.ts';

/** Joins a session to the agent's parts; `send` of the open session is kept in `wire` for frames outside of the outbox. */
export function createSessionHost(
  parts: AgentParts,
  registration: Registration,
  wire: { send?: (frame: NodeFrame) => boolean },
): SessionHost {
  const { view, key, spool, outbox, queue, settled } = parts;

  function onAcks(acks: readonly LeaseAck[]): void {
    const { done, lost, later } = sortAcks(acks);
    for (const leaseId of later) if (spool.pending.has(leaseId)) outbox.retryLater(leaseId);
    spool.remove([...done, ...lost]);
    // A report that is refused for good means that the lease is gone: its work is for nothing.
    if (lost.length > 0) queue.cancel(lost);
    settled.check();
  }

  return {
    identity: { nodeId: registration.nodeId, networkId: registration.networkId, sign: key.sign },
    offer: view.offer,
    holding: queue.holding,
    heartbeat: view.heartbeat,
    onWelcome(send, drop) {
      spool.remove(drop);
      queue.cancel(drop);
      wire.send = send;
      if (view.facts.phase === 'draining') send({ type: 'drain', on: true });
      outbox.open(send);
      for (const { leaseId, startedAtMs } of queue.started()) outbox.started(leaseId, startedAtMs);
      settled.check();
    },
    onFrame(frame) {
      if (frame.type === 'assign') queue.assign(frame.tasks);
      else if (frame.type === 'cancel') queue.cancel(frame.leases);
      else if (frame.type === 'ack') onAcks(frame.acks);
      else view.facts.serverMode = frame.mode;
      if (frame.type === 'cancel') settled.check();
    },
  };
}
