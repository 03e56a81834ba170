import { CLOSE_CODES, DeaiError, type ServerFrame } from '@deai/protocol';
import type { Logger } from '@deai/service-kit';
import type { RawData, WebSocket } from 'ws';
import type { NodeManagerConfig } from '../config.ts';
import type { NodeStore } from '../domain/ports.ts';
import type { FrameHandler } from './frame-handler.ts';
import { parseNodeFrame } from './frames.ts';
import { newNonce, shakeHands } from './handshake.ts';
import type { SessionHub } from './hub.ts';
import type { NodeMetricsSet } from './hub-metrics.ts';
import type { LiveSession } from './node-session.ts';

const MAX_INVALID = 3;

export interface SocketParts {
  config: NodeManagerConfig;
  store: NodeStore;
  hub: SessionHub;
  handle: FrameHandler;
  logger: Logger;
  metrics: NodeMetricsSet;
}

/** Runs one node socket: challenge, hello, then frames in the order they come. */
export function runNodeSocket(socket: WebSocket, parts: SocketParts): void {
  const { config, store, hub, handle, logger, metrics } = parts;
  const nonce = newNonce();
  const shaken = metrics.handshakeSeconds.startTimer();
  let session: LiveSession | undefined;
  let greeting = false;
  let invalid = 0;

  const say = (frame: ServerFrame) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
  };
  const helloTimer = setTimeout(() => socket.close(CLOSE_CODES.timeout, 'REQUEST_TIMEOUT'), config.DEAI_NODES_HELLO_MS);

  function refuse(error: DeaiError): void {
    metrics.invalid.inc({ code: error.code });
    say({ type: 'error', ...error.toBody() });
    if (!session) socket.close(CLOSE_CODES.unauthenticated, error.code);
    else if (++invalid >= MAX_INVALID) socket.close(CLOSE_CODES.invalidFrame, error.code);
  }
  async function greet(text: string): Promise<void> {
    const frame = parseNodeFrame(text);
    if (frame.type !== 'hello' || greeting) throw new DeaiError('NODE_FRAME_INVALID', { problem: 'the first frame must be one hello' });
    greeting = true;
    const by = {
      store,
      networkId: config.DEAI_NETWORK_ID,
      requireStake: config.DEAI_NODES_REQUIRE_STAKE,
      maxBufferedBytes: config.DEAI_NODES_MAX_BUFFERED_BYTES,
      nowMs: Date.now(),
    };
    const opened = await shakeHands(socket, nonce, frame, by);
    clearTimeout(helloTimer);
    if (socket.readyState !== socket.OPEN) return;
    session = opened;
    await hub.open(opened, frame.holding).catch((error: unknown) => {
      // Without a welcome the node can do nothing: it is to come again.
      socket.close(CLOSE_CODES.shuttingDown, 'UNAVAILABLE');
      throw error;
    });
    shaken();
  }
  async function take(data: RawData, isBinary: boolean): Promise<void> {
    try {
      if (isBinary) throw new DeaiError('NODE_FRAME_INVALID', { problem: 'frames are text' });
      const text = data.toString();
      if (!session) return await greet(text);
      session.heardAtMs = Date.now();
      const frame = parseNodeFrame(text);
      metrics.frames.inc({ type: frame.type });
      await handle(session, frame);
    } catch (error) {
      if (error instanceof DeaiError) return refuse(error);
      logger.error({ err: error, nodeId: session?.node.id }, 'frame failed');
      refuse(new DeaiError('INTERNAL'));
    }
  }

  socket.on('message', (data, isBinary) => void take(data, isBinary));
  socket.on('pong', () => {
    if (session) session.heardAtMs = Date.now();
  });
  socket.on('error', (error) => logger.debug({ err: error, nodeId: session?.node.id }, 'node socket error'));
  socket.on('close', () => {
    clearTimeout(helloTimer);
    if (session)
      hub.closed(session).catch((error: unknown) => logger.warn({ err: error }, 'session not closed in the database; it will age out'));
  });
  say({ type: 'challenge', nonce, networkId: config.DEAI_NETWORK_ID, serverTimeMs: Date.now() });
}
