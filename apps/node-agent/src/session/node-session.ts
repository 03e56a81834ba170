import { CLOSE_CODES, type NodeFrame, type NodeOffer, type ServerFrame, sessionPayload } from '@deai/protocol';
import type { Logger } from 'pino';
import WebSocket from 'ws';
import { readServerFrame } from './server-frame.ts';

const HANDSHAKE_MS = 10_000;
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
/** A server that sends this many unreadable frames is not worth listening to. */
const MAX_BAD_FRAMES = 20;
const MAX_HEARTBEAT_MS = 60_000;
/** Beats without any sign of life after which a connection counts as dead. */
const SILENT_BEATS = 3;

/** What a session needs from the agent, asked for when it is needed. */
export interface SessionHost {
  readonly identity: { nodeId: string; networkId: string; sign(text: string): string };
  offer(): NodeOffer;
  holding(): string[];
  heartbeat(): NodeFrame;
  onWelcome(send: (frame: NodeFrame) => boolean, drop: string[]): void;
  onFrame(frame: Extract<ServerFrame, { type: 'assign' | 'cancel' | 'ack' | 'mode' }>): void;
}

/** How a session ended. `errorCode` is that of the last error frame; `networkId` is set when the challenge named another network. */
export interface SessionEnd {
  code: number;
  errorCode?: string;
  networkId?: string;
  /** Length of the session from its welcome, in milliseconds; 0 when it was never welcomed. */
  onlineMs: number;
}

export interface NodeSession {
  readonly closed: Promise<SessionEnd>;
  close(): void;
}

/** Opens one WebSocket session: challenge, hello, welcome, then frames until either side ends it. Never throws. */
export function openNodeSession(url: string, host: SessionHost, logger: Logger): NodeSession {
  const socket = new WebSocket(url, { handshakeTimeout: HANDSHAKE_MS, maxPayload: MAX_FRAME_BYTES });
  const end: SessionEnd = { code: 1006, onlineMs: 0 };
  let welcomedAt: number | undefined;
  let lastHeard = performance.now();
  let badFrames = 0;
  let challenged = false;
  let beat: NodeJS.Timeout | undefined;
  const handshake = setTimeout(() => socket.terminate(), HANDSHAKE_MS);

  function send(frame: NodeFrame): boolean {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  function onChallenge(nonce: string, networkId: string): void {
    // One proof a connection: the key is not to be used as an oracle.
    if (challenged) return;
    challenged = true;
    // Signing for another network would let this server open a session there in the node's name.
    if (networkId !== host.identity.networkId) {
      end.networkId = networkId;
      socket.close(CLOSE_CODES.forbidden, 'another network');
      return;
    }
    const { nodeId, sign } = host.identity;
    send({
      type: 'hello',
      nodeId,
      signature: sign(sessionPayload(networkId, nodeId, nonce)),
      offer: host.offer(),
      holding: host.holding(),
    });
  }

  function onWelcome(frame: Extract<ServerFrame, { type: 'welcome' }>): void {
    if (welcomedAt !== undefined) return;
    clearTimeout(handshake);
    welcomedAt = performance.now();
    const intervalMs = Math.min(frame.heartbeatMs, MAX_HEARTBEAT_MS);
    beat = setInterval(() => {
      if (performance.now() - lastHeard > intervalMs * SILENT_BEATS) {
        logger.warn({ silentMs: Math.round(performance.now() - lastHeard) }, 'the server went silent: connection dropped');
        socket.terminate();
        return;
      }
      send(host.heartbeat());
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, intervalMs);
    host.onWelcome(send, frame.drop);
    send(host.heartbeat());
  }

  function onFrame(frame: ServerFrame): void {
    if (frame.type === 'challenge') onChallenge(frame.nonce, frame.networkId);
    else if (frame.type === 'welcome') onWelcome(frame);
    else if (frame.type === 'error') {
      end.errorCode = frame.error.code;
      logger.warn({ code: frame.error.code, text: frame.error.message.slice(0, 300) }, 'the server reports an error');
    } else if (welcomedAt !== undefined) host.onFrame(frame);
  }

  socket.on('message', (data, isBinary) => {
    lastHeard = performance.now();
    const frame = readServerFrame(data, isBinary);
    if (frame) return onFrame(frame);
    badFrames++;
    logger.warn({ badFrames }, 'a frame of the server is not in the protocol: ignored');
    if (badFrames >= MAX_BAD_FRAMES) socket.close(CLOSE_CODES.invalidFrame, 'too many invalid frames');
  });
  for (const sign of ['pong', 'ping', 'open'] as const) {
    socket.on(sign, () => {
      lastHeard = performance.now();
    });
  }
  socket.on('error', (error) => logger.debug({ err: error }, 'session socket error'));

  const closed = new Promise<SessionEnd>((resolve) => {
    socket.once('close', (code) => {
      clearTimeout(handshake);
      clearInterval(beat);
      resolve({ ...end, code, onlineMs: welcomedAt === undefined ? 0 : performance.now() - welcomedAt });
    });
  });
  return {
    closed,
    close() {
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close(1000);
      // A server that does not answer the close must not hold the agent up.
      setTimeout(() => socket.terminate(), 1_000).unref();
    },
  };
}
