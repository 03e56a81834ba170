import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { joinFrames, lengthOfBatch } from './batch.ts';
import type { Flusher } from './flusher.ts';
import type { RealtimeMetrics } from './realtime-metrics.ts';

/** Frames for one system call: beyond this the kernel is asked to take what there is. */
const CORK_BYTES = 65_536;
/** Frames waiting for the end of the turn may take this much; a turn that never ends does not make more. */
const QUEUE_BYTES = 262_144;
const OPTIONS = { binary: false, compress: false };

/** What goes out to one socket, in order, never more than its bound waiting in memory. */
export interface Outbox {
  send(frame: Buffer): void;
  /** Sends what waits for the end of the turn. */
  flush(): void;
  /** Resolves, in a later turn, when less than a quarter of the bound is waiting, or the socket has closed. */
  room(): Promise<void>;
  /** Bytes that the client has not taken. */
  readonly bytes: number;
  /** Drops what waits and takes nothing more. */
  discard(): void;
}

export interface OutboxOptions {
  socket: WebSocket;
  /** The TCP or TLS socket underneath. */
  transport: Socket;
  /** Asked each time: visitors may leave less waiting than users. */
  maxBufferedBytes(): number;
  flusher: Flusher;
  /** The client takes several frames as one message. */
  batches: boolean;
  metrics: RealtimeMetrics;
  /** More than the bound is waiting. The outbox has discarded the rest. */
  onSlow(): void;
}

export function createOutbox({ socket, transport, maxBufferedBytes, flusher, batches, metrics, onSlow }: OutboxOptions): Outbox {
  let queue: Buffer[] = [];
  let queuedBytes = 0;
  let discarding = false;

  function discard(): void {
    discarding = true;
    metrics.dropped.inc(queue.length);
    queue = [];
    queuedBytes = 0;
  }
  function flush(): void {
    const frames = queue;
    queue = [];
    queuedBytes = 0;
    let sent = 0;
    let corked = 0;
    transport.cork();
    while (sent < frames.length) {
      if (socket.bufferedAmount - corked > maxBufferedBytes()) break;
      const count = batches ? lengthOfBatch(frames, sent, CORK_BYTES) : 1;
      const message = count === 1 ? (frames[sent] as Buffer) : joinFrames(frames.slice(sent, sent + count));
      socket.send(message, OPTIONS);
      sent += count;
      corked += message.length;
      if (corked < CORK_BYTES) continue;
      corked = 0;
      transport.uncork();
      transport.cork();
    }
    transport.uncork();
    metrics.sent.inc(sent);
    if (sent === frames.length) return;
    metrics.dropped.inc(frames.length - sent);
    discard();
    onSlow();
  }

  return {
    flush,
    discard,
    get bytes() {
      return socket.bufferedAmount + queuedBytes;
    },
    send(frame) {
      if (discarding) {
        metrics.dropped.inc();
        return;
      }
      queue.push(frame);
      queuedBytes += frame.length;
      if (queuedBytes > QUEUE_BYTES) flush();
      else if (queue.length === 1) flusher.add(flush);
    },
    async room() {
      flush();
      await nextTurn();
      while (socket.readyState === socket.OPEN && socket.bufferedAmount > maxBufferedBytes() / 4) await drained(transport);
    },
  };
}

/** Resolves when the kernel has taken everything, or there is nobody to take it. */
function drained(transport: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      transport.off('drain', done).off('close', done);
      resolve();
    };
    transport.on('drain', done).on('close', done);
  });
}
