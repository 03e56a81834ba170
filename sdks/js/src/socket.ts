import type { ClientFrame, RealtimeFrame } from '@deai/protocol';

/** Frames kept for a reader that is slow; past them the socket is closed, to be resumed when they are read. */
const MAX_QUEUED = 10_000;

/** One WebSocket as a queue of frames. */
export interface FrameSocket {
  send(frame: ClientFrame): void;
  /** The next frame; `undefined` once the socket is gone and all frames are read. */
  next(): Promise<RealtimeFrame | undefined>;
  close(): void;
}

export interface SocketOptions {
  url: string;
  WebSocket: typeof globalThis.WebSocket;
  signal: AbortSignal | undefined;
  /** A ping goes out when nothing was heard for this long; after the same time again the socket counts as dead. */
  pingMs: number;
  onOpen(): void;
}

/** Opens a socket. Never throws: what fails ends the queue. */
export function openSocket({ url, WebSocket, signal, pingMs, onOpen }: SocketOptions): FrameSocket {
  const queue: RealtimeFrame[] = [];
  let wake: (() => void) | undefined;
  let ended = false;
  let quiet = 0;
  const socket = new WebSocket(url);
  const send = (frame: ClientFrame) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const timer = setInterval(() => {
    quiet++;
    if (quiet > 2) end();
    else if (quiet === 2) send({ type: 'ping' });
  }, pingMs / 2);

  function end(): void {
    if (ended) return;
    ended = true;
    clearInterval(timer);
    signal?.removeEventListener('abort', abort);
    socket.close();
    wake?.();
  }
  function abort(): void {
    queue.length = 0;
    end();
  }
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();

  socket.addEventListener('open', onOpen);
  socket.addEventListener('close', end);
  socket.addEventListener('error', end);
  socket.addEventListener('message', ({ data }: MessageEvent) => {
    quiet = 0;
    if (ended) return;
    for (const frame of parseFrames(data)) queue.push(frame);
    wake?.();
    if (queue.length >= MAX_QUEUED) end();
  });

  return {
    send,
    close: abort,
    async next() {
      while (queue.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return queue.shift();
    },
  };
}

/** One frame, or an array of them: what the server had to send at the same time. */
function parseFrames(data: unknown): RealtimeFrame[] {
  try {
    const message: unknown = JSON.parse(String(data));
    return (Array.isArray(message) ? message : [message]).filter(isFrame);
  } catch {
    return [];
  }
}

const isFrame = (frame: unknown): frame is RealtimeFrame => typeof frame === 'object' && frame !== null && 'type' in frame;
