import { type ClientFrame, DeaiError, type RealtimeFrame } from '@deai/protocol';
import type { RawData } from 'ws';
import type { Hub } from '../domain/hub.ts';
import type { StateSource } from '../domain/ports.ts';
import { subscribe } from '../domain/subscribe.ts';
import { parseClientFrame } from './client-frame.ts';
import { CLOSE, type CloseCode } from './close-codes.ts';
import type { Subscriptions } from './subscriptions.ts';

/** The bad frame that closes the socket. */
const LAST_BAD_FRAME = 3;

/** What a frame can lead to. */
export interface FrameHandlerOptions {
  hub: Hub;
  source: StateSource;
  authenticate(token: string): Promise<void>;
  /** Takes the caller for a visitor. */
  visit(): void;
  /** False when the caller sends more than they may. */
  mayAsk(): boolean;
  /** `undefined` before the caller said who they are. */
  subscriptions(): Subscriptions | undefined;
  send(frame: RealtimeFrame): void;
  close(code: CloseCode, error: DeaiError): void;
}

/** Answers each frame; a frame that is not one is answered too, until there were too many. */
export function createFrameHandler({ hub, source, authenticate, visit, mayAsk, subscriptions, send, close }: FrameHandlerOptions) {
  let badFrames = 0;

  async function answer(frame: ClientFrame): Promise<void> {
    const mine = subscriptions();
    if (frame.type === 'auth' && !mine) return await authenticate(frame.token);
    if (frame.type === 'visit' && !mine) {
      visit();
      return;
    }
    if (!mine) return close(CLOSE.unauthenticated, new DeaiError('UNAUTHENTICATED'));
    switch (frame.type) {
      case 'auth':
      case 'visit':
        throw new DeaiError('INVALID_INPUT', { hint: 'This socket knows who it is for: open another for somebody else.' });
      case 'ping':
        return send({ type: 'pong' });
      case 'unsubscribe':
        mine.drop(frame.topics);
        return send({ type: 'unsubscribed', topics: frame.topics });
      case 'subscribe':
        mine.checkRoomFor(frame.topics);
        return await subscribe(hub, source, mine, frame);
    }
  }

  return async (data: RawData, isBinary: boolean): Promise<void> => {
    let frame: ClientFrame | undefined;
    if (!mayAsk()) return close(CLOSE.tooMuch, new DeaiError('RATE_LIMITED'));
    try {
      frame = parseClientFrame(data, isBinary);
      await answer(frame);
    } catch (error) {
      if (!(error instanceof DeaiError)) throw error;
      if (!frame && ++badFrames >= LAST_BAD_FRAME) return close(CLOSE.invalid, error);
      send({ type: 'error', ...error.toBody() });
    }
  };
}
