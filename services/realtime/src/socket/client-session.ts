import type { Socket } from 'node:net';
import { DeaiError } from '@deai/protocol';
import { type Authenticator, bearerOf, type Logger } from '@deai/service-kit';
import type { WebSocket } from 'ws';
import type { RealtimeConfig } from '../config.ts';
import type { Caller } from '../domain/caller.ts';
import type { Hub } from '../domain/hub.ts';
import type { StateSource } from '../domain/ports.ts';
import { encodeFrame } from '../domain/update.ts';
import { visitorNetwork } from '../domain/visitor-network.ts';
import { CLOSE, type CloseCode } from './close-codes.ts';
import type { Flusher } from './flusher.ts';
import { createFrameAllowance } from './frame-allowance.ts';
import { createFrameHandler } from './frame-handler.ts';
import { serveInOrder } from './frame-queue.ts';
import { createKeepalive } from './keepalive.ts';
import { createOutbox } from './outbox.ts';
import type { RealtimeMetrics } from './realtime-metrics.ts';
import type { RegisteredSession, SessionRegistry } from './session-registry.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';

/** Unsent bytes of a visitor: some minutes of what is public. */
const VISITOR_BUFFERED_BYTES = 131_072;
/** Enough to subscribe and to ping. */
const VISITOR_FRAMES_A_MINUTE = 30;
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
  /** For clients that take batches: waits for more. */
  batchFlusher: Flusher;
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

/** How a socket came. */
export interface Handshake {
  transport: Socket;
  authorization: string | undefined;
  ip: string;
  /** The client takes several frames as one message. */
  batches: boolean;
}

/** Takes over a socket that was just opened. */
export function openClientSession(
  deps: SessionDeps,
  socket: WebSocket,
  { transport, authorization, ip, batches }: Handshake,
): ClientSession {
  const { config, registry, metrics, logger } = deps;
  const gone = Promise.withResolvers<void>();
  let subscriptions: Subscriptions | undefined;
  let open = true;
  let visitor: string | undefined;
  const visitorMayAsk = createFrameAllowance(VISITOR_FRAMES_A_MINUTE);
  const maxBufferedBytes = () => (visitor === undefined ? config.maxBufferedBytes : VISITOR_BUFFERED_BYTES);
  const keepalive = createKeepalive(socket);
  const flusher = batches ? deps.batchFlusher : deps.flusher;
  const outbox = createOutbox({ socket, transport, maxBufferedBytes, flusher, batches, metrics, onSlow });
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

  function welcome(caller: Caller): void {
    subscriptions = createSubscriptions({ hub: deps.hub, caller, outbox, maxTopics: config.maxTopics, isOpen: () => open });
    clearTimeout(authTimer);
    outbox.send(encodeFrame({ type: 'ready', userId: caller?.userId ?? null }));
  }
  function visit(): void {
    const network = visitorNetwork(ip);
    const claimed = registry.claimVisit(network);
    if (claimed !== 'counted') {
      close(claimed === 'full' ? CLOSE.unavailable : CLOSE.tooMuch, visitorRefusal(claimed, config));
      return;
    }
    visitor = network;
    welcome(null);
  }
  async function authenticate(credential: () => string): Promise<void> {
    try {
      const principal = await deps.authenticator.authenticate(credential());
      if (!open) return;
      if (!registry.claim(principal.userId)) throw new DeaiError('RATE_LIMITED', { maxSocketsPerUser: config.maxSocketsPerUser });
      welcome(principal);
    } catch (error) {
      if (!(error instanceof DeaiError)) throw error;
      close(closeCodeOf(error), error);
    }
  }
  const handleFrame = createFrameHandler({
    hub: deps.hub,
    source: deps.source,
    authenticate: (token) => authenticate(() => token),
    visit,
    mayAsk: () => visitor === undefined || visitorMayAsk(),
    subscriptions: () => subscriptions,
    send: (frame) => outbox.send(encodeFrame(frame)),
    close,
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
      return subscriptions?.caller?.userId;
    },
    get credentialId() {
      return subscriptions?.caller?.credentialId;
    },
    get visitorNetwork() {
      return visitor;
    },
    get bufferedBytes() {
      return outbox.bytes;
    },
    checkPace() {
      if (outbox.bytes > maxBufferedBytes()) onSlow();
    },
    checkAlive: keepalive.check,
  };
  registry.add(session);
  metrics.sockets.set(registry.size);
  return session;
}

function visitorRefusal(reason: 'network full' | 'full', { maxVisitors, maxVisitorsPerNetwork }: RealtimeConfig): DeaiError {
  const hint = 'What is public is answered over HTTP too.';
  if (reason === 'full') return new DeaiError('OVERLOADED', { maxVisitors, hint });
  return new DeaiError('RATE_LIMITED', { maxVisitors: maxVisitorsPerNetwork, hint });
}

function closeCodeOf(error: DeaiError): CloseCode {
  if (error.status === 401) return CLOSE.unauthenticated;
  return error.status === 429 ? CLOSE.tooMuch : CLOSE.unavailable;
}

function errorFrame(error: DeaiError): Buffer {
  return encodeFrame({ type: 'error', ...error.toBody() });
}
