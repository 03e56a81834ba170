import { type NodeFrame, type ReportFrame, resultsPayload, type WireResult } from '@deai/protocol';
import type { ResultSpool } from '../spool/result-spool.ts';

const TICK_MS = 20;
const MAX_RESULTS = 64;
const MAX_FRAME_CHARS = 4 * 1024 * 1024;
const MAX_REPORTS = 4_096;
/** A result that got no answer is sent again after this time. */
const RESEND_MS = 30_000;

export interface OutboxOptions {
  spool: ResultSpool;
  sign(text: string): string;
  tickMs?: number;
  resendMs?: number;
}

/**
 * Collects what the node has to say and sends it together: at once when nothing was sent for a tick, else at the end of the tick.
 * Without a session it keeps results (they are in the spool) and refusals; what started is told anew at the next welcome.
 */
export interface Outbox {
  started(leaseId: string, startedAtMs: number): void;
  progress(leaseId: string, progress: number): void;
  refused(leaseId: string, reason: string): void;
  /** A result was added to the spool. */
  result(leaseId: string): void;
  /** The server will take this result later: it is sent again after a while. */
  retryLater(leaseId: string): void;
  open(send: (frame: NodeFrame) => boolean): void;
  /** Sends what waits for the end of the tick. */
  flush(): void;
  close(): void;
}

export function createOutbox({ spool, sign, tickMs = TICK_MS, resendMs = RESEND_MS }: OutboxOptions): Outbox {
  let send: ((frame: NodeFrame) => boolean) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lastFlush = 0;
  const started = new Map<string, number>();
  const progress = new Map<string, number>();
  const refused = new Map<string, string>();
  /** Results to send in this session, and when those sent may be sent again. */
  const unsent = new Set<string>();
  const sentAt = new Map<string, number>();
  let resend: NodeJS.Timeout | undefined;

  function schedule(): void {
    if (!send || timer) return;
    timer = setTimeout(flush, Math.max(0, lastFlush + tickMs - performance.now()));
  }

  function flush(): void {
    timer = undefined;
    if (!send) return;
    lastFlush = performance.now();
    sendReports(send);
    sendResults(send);
    if (started.size + progress.size + refused.size > 0) schedule();
  }

  function sendReports(out: (frame: NodeFrame) => boolean): void {
    const frame: ReportFrame = { type: 'report' };
    const begun = take(started).map(([leaseId, startedAtMs]) => ({ leaseId, startedAtMs }));
    const moved = take(progress).map(([leaseId, fraction]) => ({ leaseId, progress: fraction }));
    const back = take(refused).map(([leaseId, reason]) => ({ leaseId, reason }));
    if (begun.length > 0) frame.started = begun;
    if (moved.length > 0) frame.progress = moved;
    if (back.length > 0) frame.refused = back;
    if (Object.keys(frame).length > 1) out(frame);
  }

  function sendResults(out: (frame: NodeFrame) => boolean): void {
    const results = [...unsent].flatMap((leaseId) => spool.pending.get(leaseId) ?? []);
    unsent.clear();
    for (const chunk of chunks(results)) {
      out({ type: 'results', results: chunk, signature: sign(resultsPayload(chunk)) });
      for (const { leaseId } of chunk) sentAt.set(leaseId, performance.now());
    }
  }

  function resendOverdue(): void {
    for (const [leaseId, at] of sentAt) {
      if (!spool.pending.has(leaseId)) sentAt.delete(leaseId);
      else if (performance.now() - at >= resendMs) unsent.add(leaseId);
    }
    if (unsent.size > 0) schedule();
  }

  return {
    started(leaseId, startedAtMs) {
      if (send) started.set(leaseId, startedAtMs);
      schedule();
    },
    progress(leaseId, fraction) {
      if (send) progress.set(leaseId, fraction);
      schedule();
    },
    refused(leaseId, reason) {
      refused.set(leaseId, reason);
      schedule();
    },
    result(leaseId) {
      // Its result says more than its progress.
      progress.delete(leaseId);
      unsent.add(leaseId);
      schedule();
    },
    retryLater: (leaseId) => sentAt.set(leaseId, performance.now()),
    open(to) {
      send = to;
      for (const leaseId of spool.pending.keys()) unsent.add(leaseId);
      resend = setInterval(resendOverdue, Math.max(10, resendMs / 4));
      schedule();
    },
    flush() {
      clearTimeout(timer);
      flush();
    },
    close() {
      send = undefined;
      clearTimeout(timer);
      clearInterval(resend);
      timer = undefined;
      started.clear();
      progress.clear();
      sentAt.clear();
    },
  };
}

/** Removes and returns at most one frame's worth of entries. */
function take<V>(entries: Map<string, V>): [string, V][] {
  const taken = [...entries].slice(0, MAX_REPORTS);
  for (const [key] of taken) entries.delete(key);
  return taken;
}

/** Splits results into frames of at most 64 results and about 4 MiB; a larger result travels alone. */
function chunks(results: readonly WireResult[]): WireResult[][] {
  const frames: WireResult[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const result of results) {
    const length = result.output?.length ?? 0;
    const current = frames.at(-1);
    if (!current || current.length >= MAX_RESULTS || size + length > MAX_FRAME_CHARS) {
      frames.push([result]);
      size = length;
    } else {
      current.push(result);
      size += length;
    }
  }
  return frames;
}
