import type { Socket } from 'node:net';
import { type ClientFrame, DeaiError, type RealtimeFrame } from '@deai/protocol';
import { type Authenticator, bearerOf, type Logger } from '@deai/service-kit';
import type { RawData, WebSocket } from 'ws';
import type { RealtimeConfig } from '../config.ts';
import type { Hub } from '../domain/hub.ts';
import type { StateSource } from '../domain/ports.ts';
import { subscribe } from '../domain/subscribe.ts';
import { encodeFrame } from '../domain/update.ts';
import { parseClientFrame } from './client-frame.ts';
import { CLOSE, type CloseCode } from './close-codes.ts';
import type { Flusher } from './flusher.ts';
import { serveInOrder } from './frame-queue.ts';
import { createOutbox } from './outbox.ts';
import type { RealtimeMetrics } from './realtime-metrics.ts';
import type { RegisteredSession, SessionRegistry } from './session-registry.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';

/** The bad frame that closes the socket. */
const LAST_BAD_FRAME = 3;
/** A peer that does not answer the close frame is cut after this. */
const CLOSE_GRACE_MS = 1_000;

/** What all sockets share. */
export interface SessionDeps {
  config: RealtimeConfig;
  hub: Hub;
  source: StateSource;
  authenticator: Authenticator;
  registry: SessionRegistry<ClientSession>;
  flusher: Flusher;
  metrics: RealtimeMetrics;
  logger: Logger;
}

/** One client's WebSocket. */
export interface ClientSession extends RegisteredSession {
  /** Bytes that the client has not taken. */
  readonly bufferedBytes: number;
  /** Says why in an `error` frame when there is an error, then closes. */
  close(code: CloseCode, error?: DeaiError): void;
  /** Closes when more is waiting than the client may leave waiting. */
  checkPace(): void;
  /** Pings; cuts the socket when the ping before was not answered. */
  checkAlive(): void;
  /** Resolves when the socket is gone. */
  readonly gone: Promise<void>;
}

/** Takes over a socket that was just opened; `authorization` is the header of its handshake. */
export function openClientSession(deps: SessionDeps, socket: WebSocket, transport: Socket, authorization?: string): ClientSession {
  const { config, registry, metrics, logger } = deps;
  const gone = Promise.withResolvers<void>();
  let subscriptions: Subscriptions | undefined;
  let open = true;
  let alive = true;
  const outbox = createOutbox({ socket, transport, maxBufferedBytes: config.maxBufferedBytes, flusher: deps.flusher, metrics, onSlow });
  const authTimer = setTimeout(() => close(CLOSE.authTimeout, new DeaiError('UNAUTHENTICATED')), config.authTimeoutMs);

  function close(code: CloseCode, error?: DeaiError): void {
    if (!open) return;
    release();
    if (error) outbox.send(errorFrame(error));
    outbox.flush();
    outbox.discard();
    metrics.closed.inc({ code: String(code) });
    socket.close(code, error?.code);
    setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
  }
  function onSlow(): void {
    if (!open) return;
    // Past the outbox, which takes nothing more. The client may never read it.
    socket.send(errorFrame(new DeaiError('SLOW_CONSUMER')), { binary: false });
    close(CLOSE.tooMuch);
  }
  function release(): void {
    open = false;
    clearTimeout(authTimer);
    subscriptions?.dropAll();
  }

  async function authenticate(credential: () => string): Promise<void> {
    try {
      const principal = await deps.authenticator.authenticate(credential());
      if (!open) return;
      if (!registry.claim(principal.userId)) throw new DeaiError('RATE_LIMITED', { maxSocketsPerUser: config.maxSocketsPerUser });
      subscriptions = createSubscriptions({ hub: deps.hub, principal, outbox, maxTopics: config.maxTopics, isOpen: () => open });
      clearTimeout(authTimer);
      outbox.send(encodeFrame({ type: 'ready', userId: principal.userId }));
    } catch (error) {
      if (!(error instanceof DeaiError)) throw error;
      close(closeCodeOf(error), error);
    }
  }
  const handleFrame = createFrameHandler({
    deps,
    authenticate: (token) => authenticate(() => token),
    subscriptions: () => subscriptions,
    send: (frame) => outbox.send(encodeFrame(frame)),
    close,
  });

  socket.on('pong', () => {
    alive = true;
  });
  socket.on('message', () => {
    alive = true;
  });
  socket.on('error', (error) => logger.debug({ err: error }, 'client socket failed'));
  socket.on('close', () => {
    release();
    outbox.discard();
    registry.delete(session);
    metrics.sockets.set(registry.size);
    gone.resolve();
  });
  const handshake = authorization === undefined ? Promise.resolve() : authenticate(() => bearerOf(authorization));
  serveInOrder(
    socket,
    handshake,
    async (data, isBinary) => {
      if (open) await handleFrame(data, isBinary);
    },
    (error) => {
      logger.error({ err: error }, 'a client frame failed');
      close(CLOSE.unavailable, new DeaiError('INTERNAL'));
    },
  );

  const session: ClientSession = {
    gone: gone.promise,
    close,
    get userId() {
      return subscriptions?.principal.userId;
    },
    get credentialId() {
      return subscriptions?.principal.credentialId;
    },
    get bufferedBytes() {
      return outbox.bytes;
    },
    checkPace() {
      if (outbox.bytes > config.maxBufferedBytes) onSlow();
    },
    checkAlive() {
      // A paused socket cannot show that it lives: it waits for us.
      if (!alive && !socket.isPaused) return socket.terminate();
      alive = false;
      if (socket.readyState === socket.OPEN) socket.ping();
    },
  };
  registry.add(session);
  metrics.sockets.set(registry.size);
  return session;
}

interface FrameHandlerOptions {
  deps: SessionDeps;
  authenticate(token: string): Promise<void>;
  /** `undefined` before authentication. */
  subscriptions(): Subscriptions | undefined;
  send(frame: RealtimeFrame): void;
  close(code: CloseCode, error: DeaiError): void;
}

/** Answers each frame; a frame that is not one is answered too, until there were too many. */
function createFrameHandler({ deps, authenticate, subscriptions, send, close }: FrameHandlerOptions) {
  let badFrames = 0;

  async function answer(frame: ClientFrame): Promise<void> {
    const mine = subscriptions();
    if (frame.type === 'auth' && !mine) return await authenticate(frame.token);
    if (!mine) return close(CLOSE.unauthenticated, new DeaiError('UNAUTHENTICATED'));
    switch (frame.type) {
      case 'auth':
        throw new DeaiError('INVALID_INPUT', { hint: 'This socket is authenticated: open another for other credentials.' });
      case 'ping':
        return send({ type: 'pong' });
      case 'unsubscribe':
        mine.drop(frame.topics);
        return send({ type: 'unsubscribed', topics: frame.topics });
      case 'subscribe':
        mine.checkRoomFor(frame.topics);
        return await subscribe(deps.hub, deps.source, mine, frame);
    }
  }

  return async (data: RawData, isBinary: boolean): Promise<void> => {
    let frame: ClientFrame | undefined;
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

function closeCodeOf(error: DeaiError): CloseCode {
  if (error.status === 401) return CLOSE.unauthenticated;
  return error.status === 429 ? CLOSE.tooMuch : CLOSE.unavailable;
}

function errorFrame(error: DeaiError): Buffer {
  return encodeFrame({ type: 'error', ...error.toBody() });
}
