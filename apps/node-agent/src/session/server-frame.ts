import { ServerFrame } from '@deai/protocol';
import { Compile } from 'typebox/compile';
import type { RawData } from 'ws';

const isServerFrame = Compile(ServerFrame);

/** Reads a WebSocket message as a frame of the server; `undefined` when it is binary, no JSON or no such frame. */
export function readServerFrame(data: RawData, isBinary: boolean): ServerFrame | undefined {
  if (isBinary) return undefined;
  try {
    const value: unknown = JSON.parse(data.toString());
    return isServerFrame.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
