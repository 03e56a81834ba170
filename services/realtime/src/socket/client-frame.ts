import { ClientFrame, DeaiError } from '@deai/protocol';
import { Compile } from 'typebox/compile';
import type { RawData } from 'ws';

const schema = Compile(ClientFrame);

/** @throws DeaiError `INVALID_JSON` or `INVALID_INPUT`. */
export function parseClientFrame(data: RawData, isBinary: boolean): ClientFrame {
  if (isBinary) throw new DeaiError('INVALID_JSON', { hint: 'Send frames as text messages.' });
  let frame: unknown;
  try {
    frame = JSON.parse(data.toString());
  } catch (error) {
    throw new DeaiError('INVALID_JSON', undefined, { cause: error });
  }
  if (!schema.Check(frame))
    throw new DeaiError('INVALID_INPUT', { hint: 'A frame is one of auth, visit, subscribe, unsubscribe and ping.' });
  return frame;
}
