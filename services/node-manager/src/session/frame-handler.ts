import { DeaiError, ERRORS, isErrorCode, type LeaseAck, type NodeFrame, type ReportFrame, type ResultsFrame } from '@deai/protocol';
import type { Logger } from '@deai/service-kit';
import type { SessionHub } from './hub.ts';
import { refuseAll } from './hub.ts';
import { type LiveSession, statusOf } from './node-session.ts';
import { verifyResults } from './signed-results.ts';

/** Acts on a checked frame of an open session. */
export type FrameHandler = (session: LiveSession, frame: NodeFrame) => Promise<void>;

export function createFrameHandler(hub: SessionHub, logger: Logger): FrameHandler {
  async function takeResults(session: LiveSession, frame: ResultsFrame): Promise<void> {
    const leases = frame.results.map((r) => r.leaseId);
    const results = await verifyResults(frame, session.key);
    if (!results) {
      // The leases stand: a rightly signed result may follow.
      session.outbox.ack(refuseAll(leases, new DeaiError('NODE_SIGNATURE_INVALID')));
      return;
    }
    const request = () => ({ nodeId: session.node.id, sessionId: session.homeId, results });
    const acks = await hub.homing.ask(session, 'tasks.results', request).then(
      (answer) => answer.acks,
      (error: unknown) => {
        logger.warn({ err: error, nodeId: session.node.id, results: leases.length }, 'results not taken, the node keeps them');
        return refuseAll(leases, error instanceof DeaiError ? error : new DeaiError('UNAVAILABLE'));
      },
    );
    answer(session, acks);
  }
  async function takeReport(session: LiveSession, { type: _, ...report }: ReportFrame): Promise<void> {
    try {
      const request = () => ({ nodeId: session.node.id, sessionId: session.homeId, ...report });
      const { acks } = await hub.homing.ask(session, 'tasks.report', request);
      for (const { leaseId } of report.refused ?? []) session.leases.delete(leaseId);
      if (acks.length > 0) answer(session, acks);
    } catch (error) {
      logger.warn({ err: error, nodeId: session.node.id }, 'report not taken');
    }
  }

  return async (session, frame) => {
    switch (frame.type) {
      case 'results':
        return await takeResults(session, frame);
      case 'report':
        return await takeReport(session, frame);
      case 'heartbeat':
        session.metrics = frame.metrics;
        return hub.announce(session, statusOf(session));
      case 'offer':
        session.offer = frame.offer;
        return await hub.changed(session);
      case 'drain':
        session.draining = frame.on;
        return await hub.changed(session);
      case 'hello':
        throw new DeaiError('NODE_FRAME_INVALID', { type: 'hello', problem: 'the session is open already' });
    }
  };
}

/** Passes answers on. After all but «later», the node no longer holds the lease. */
function answer(session: LiveSession, acks: LeaseAck[]): void {
  for (const { leaseId, accepted, code = '' } of acks) {
    if (accepted || !isErrorCode(code) || !ERRORS[code].retryable) session.leases.delete(leaseId);
  }
  session.outbox.ack(acks);
}
