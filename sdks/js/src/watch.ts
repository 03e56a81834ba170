import type { ClientFrame, RealtimeFrame, Topic } from '@deai/protocol';
import { isPublicTopic } from '@deai/protocol/names';
import { backoffMs, sleep } from './backoff.ts';
import { DeaiApiError } from './errors.ts';
import { type FrameSocket, openSocket } from './socket.ts';
import type { Transport } from './transport.ts';

const DEFAULT_PING_MS = 20_000;
/** Refusals that pass: the subscription is tried again. */
const PASSING: readonly string[] = [
  'CONNECTION_FAILED',
  'CLIENT_TIMEOUT',
  'UNAVAILABLE',
  'TIMEOUT',
  'OVERLOADED',
  'SHUTTING_DOWN',
  'SLOW_CONSUMER',
  'RATE_LIMITED',
  'INTERNAL',
];

/** An event of the network; `id` is its place in the stream. */
export type WatchEvent = Extract<RealtimeFrame, { type: 'task_update' | 'node_status' | 'network_stats' | 'settlement_batch' }>;

export interface WatchOptions {
  /** At most 1,000. */
  topics: readonly Topic[];
  /** Id of the last event seen in an earlier run: later ones are sent first. */
  after?: string | undefined;
  /** Ends the iteration, without an error. */
  signal?: AbortSignal | undefined;
  /** The subscription holds. `complete` is false when events since the last one were lost; snapshots of the present state then came first. */
  onLive?: ((info: { complete: boolean }) => void) | undefined;
  /** The connection was lost; it is opened again after `retryInMs`. */
  onInterrupted?: ((info: { retryInMs: number; error: DeaiApiError | undefined }) => void) | undefined;
  /** Silence after which the connection is checked. Default 20 000. */
  pingMs?: number | undefined;
}

/** Where the stream stands between connections. */
interface Position {
  after: string | undefined;
  everReady: boolean;
  /** The access token was renewed and has not been taken since. */
  renewed: boolean;
  failures: number;
  error: DeaiApiError | undefined;
}

/**
 * Events as they happen, over reconnects: each connection goes on after the last event that was read. Snapshots come first.
 * Without a credential the topics `network` and `settlement` can be watched. Before the first connection holds, failures beyond the client's `retries` end it; later ones never do.
 * @throws DeaiApiError when the server refuses the caller or a topic.
 */
export async function* watch(
  transport: Transport,
  WebSocket: typeof globalThis.WebSocket,
  options: WatchOptions,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { signal, onInterrupted } = options;
  const position: Position = { after: options.after, everReady: false, renewed: false, failures: 0, error: undefined };
  const url = `${transport.baseUrl.replace(/^http/, 'ws')}/ws?batch=1`;
  while (!signal?.aborted) {
    const renewed = yield* connection(transport, WebSocket, url, options, position);
    if (signal?.aborted) return;
    if (renewed) continue;
    if (!position.everReady && position.failures >= transport.retries) {
      throw position.error ?? new DeaiApiError({ code: 'CONNECTION_FAILED', status: 0, message: `No WebSocket at ${url}.` });
    }
    const retryInMs = backoffMs(position.failures++);
    onInterrupted?.({ retryInMs, error: position.error });
    // Only the signal can end the sleep early, and then the loop ends.
    await sleep(retryInMs, signal).catch(() => {});
  }
}

/** One connection until it ends; true when it ended for an expired token that was renewed. */
async function* connection(
  transport: Transport,
  WebSocket: typeof globalThis.WebSocket,
  url: string,
  options: WatchOptions,
  position: Position,
): AsyncGenerator<WatchEvent, boolean, undefined> {
  const token = transport.session.bearer();
  if (token === undefined && !options.topics.every(isPublicTopic))
    throw new DeaiApiError({
      code: 'UNAUTHENTICATED',
      status: 401,
      message: 'Log in or give an API key to watch more than what is public.',
    });
  const greeting: ClientFrame = token === undefined ? { type: 'visit' } : { type: 'auth', token };
  const { signal, pingMs = DEFAULT_PING_MS } = options;
  const socket = openSocket({ url, WebSocket, signal, pingMs, onOpen: () => socket.send(greeting) });
  position.error = undefined;
  try {
    return yield* read(socket, options, position);
  } catch (error) {
    return await recover(error, transport, token, position);
  } finally {
    socket.close();
  }
}

/** After an error: true to connect again at once, false to do so later. @throws the error when neither would help. */
async function recover(error: unknown, { session }: Transport, token: string | undefined, position: Position): Promise<boolean> {
  let reason = error;
  if (error instanceof DeaiApiError && error.code === 'TOKEN_EXPIRED' && token !== undefined && !position.renewed) {
    try {
      position.renewed = await session.renew(token);
      if (position.renewed) return true;
    } catch (failure) {
      reason = failure;
    }
  }
  if (!(reason instanceof DeaiApiError) || !PASSING.includes(reason.code)) throw reason;
  position.error = reason;
  return false;
}

async function* read(socket: FrameSocket, options: WatchOptions, position: Position): AsyncGenerator<WatchEvent, false, undefined> {
  for (let frame = await socket.next(); frame; frame = await socket.next()) {
    switch (frame.type) {
      case 'ready': {
        position.everReady = true;
        position.renewed = false;
        const { after } = position;
        socket.send({ type: 'subscribe', topics: [...options.topics], ...(after === undefined ? {} : { after }) });
        break;
      }
      case 'subscribed':
        position.failures = 0;
        position.after = frame.id;
        options.onLive?.({ complete: frame.complete });
        break;
      case 'error':
        throw toApiError(frame);
      case 'task_update':
      case 'node_status':
      case 'network_stats':
      case 'settlement_batch':
        // Snapshots share one id: the place to resume from comes with `subscribed`, when all of them are here.
        if (!('snapshot' in frame && frame.snapshot)) position.after = frame.id;
        yield frame;
        break;
    }
  }
  return false;
}

function toApiError({ error: { code, message, details } }: Extract<RealtimeFrame, { type: 'error' }>): DeaiApiError {
  const status = code === 'TOKEN_EXPIRED' || code === 'UNAUTHENTICATED' ? 401 : 0;
  return new DeaiApiError({ code, status, message, details });
}
