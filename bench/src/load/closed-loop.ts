import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../measure/clock.ts';
import { createLatency, type Percentiles } from '../measure/latency.ts';
import { Refused, type Submit } from './submissions.ts';

/** What came of submitting as fast as the server answers. */
export interface ClosedLoopResult {
  startedMs: number;
  endedMs: number;
  accepted: number;
  /** Requests answered with 429 or 503 and sent again later. */
  refused: number;
  /** Of the accepted requests. */
  latency: Percentiles;
}

export interface ClosedLoop {
  connections: number;
  seconds: number;
  /** Tasks of a request. */
  size: number;
  /** No request is begun beyond so many tasks. */
  maxTasks?: number;
}

const PATIENCE_MS = 50;

/** `connections` callers, each of whom sends its next request when the last one was answered, for `seconds`. */
export async function runClosedLoop(submit: Submit, loop: ClosedLoop): Promise<ClosedLoopResult> {
  const { connections, seconds, size, maxTasks = Number.POSITIVE_INFINITY } = loop;
  const latency = createLatency();
  const startedMs = nowMs();
  const endMs = startedMs + seconds * 1000;
  let begun = 0;
  let accepted = 0;
  let refused = 0;
  async function caller(): Promise<void> {
    for (let sentMs = nowMs(); sentMs < endMs && begun + size <= maxTasks; sentMs = nowMs()) {
      begun += size;
      try {
        const ids = await submit();
        accepted += ids.length;
        latency.addMs(nowMs() - sentMs);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        begun -= size;
        refused++;
        await delay(PATIENCE_MS);
      }
    }
  }
  await Promise.all(Array.from({ length: connections }, caller));
  return { startedMs, endedMs: nowMs(), accepted, refused, latency: latency.percentiles() };
}
