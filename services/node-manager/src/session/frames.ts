import { DeaiError, DrainFrame, HeartbeatFrame, HelloFrame, type NodeFrame, OfferFrame, ReportFrame, ResultsFrame } from '@deai/protocol';
import { Compile } from 'typebox/compile';

const VALIDATORS = {
  hello: Compile(HelloFrame),
  heartbeat: Compile(HeartbeatFrame),
  offer: Compile(OfferFrame),
  drain: Compile(DrainFrame),
  report: Compile(ReportFrame),
  results: Compile(ResultsFrame),
};

/** A checked frame from the text that a node sent. @throws DeaiError `NODE_FRAME_INVALID` saying where it is wrong. */
export function parseNodeFrame(text: string): NodeFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new DeaiError('NODE_FRAME_INVALID', { problem: 'not JSON' });
  }
  const type = (frame as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(VALIDATORS, type)) {
    throw new DeaiError('NODE_FRAME_INVALID', { problem: 'unknown type', known: Object.keys(VALIDATORS) });
  }
  const validator = VALIDATORS[type as keyof typeof VALIDATORS];
  if (!validator.Check(frame)) {
    const [first] = validator.Errors(frame);
    throw new DeaiError('NODE_FRAME_INVALID', {
      type,
      path: first?.instancePath ?? '',
      problem: first?.message ?? 'does not match its schema',
    });
  }
  return frame as NodeFrame;
}
