import { nowMs } from '../measure/clock.ts';
import { createLatency, type Percentiles } from '../measure/latency.ts';
import type { ApiClient } from './api-client.ts';
import { keyFor, type LoadTarget, Refused, type Submit } from './submissions.ts';

/** What came of submitting at a fixed rate, whatever the server answers. */
export interface PacedResult {
  accepted: number;
  refused: number;
  submit: Percentiles;
  get: Percentiles;
  /** How much later than planned requests were sent: the generator's own fault, so the figures are worth something only when it is small. */
  late: Percentiles;
  /** When each accepted task was sent, on the machine's clock. */
  sentMs: Map<string, number>;
}

/** One reading of a task for so many submissions. */
const READ_EVERY = 5;
const TICK_MS = 1;

export interface Pace {
  ratePerS: number;
  seconds: number;
}

/** Sends on schedule. Times count from sending, waiting for a free connection included. */
export async function runPaced(api: ApiClient, submit: Submit, target: LoadTarget, { ratePerS, seconds }: Pace): Promise<PacedResult> {
  const [submitted, read, late] = [createLatency(), createLatency(), createLatency()];
  const sentMs = new Map<string, number>();
  const total = Math.max(1, Math.floor(ratePerS * seconds));
  const open = new Set<Promise<void>>();
  let refused = 0;

  async function readBack(id: string, turn: number): Promise<void> {
    const at = nowMs();
    const { status, body } = await api.get(`/api/v1/tasks/${id}`, keyFor(target, turn));
    if (status !== 200) throw new Error(`a task could not be read: ${status} ${body.slice(0, 500)}`);
    read.addMs(nowMs() - at);
  }
  async function send(turn: number, dueMs: number): Promise<void> {
    const at = nowMs();
    late.addMs(at - dueMs);
    try {
      const [id = ''] = await submit();
      submitted.addMs(nowMs() - at);
      sentMs.set(id, at);
      if (turn % READ_EVERY === 0) await readBack(id, turn);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused++;
    }
  }

  await new Promise<void>((resolve, reject) => {
    const startMs = nowMs();
    let turn = 0;
    const tick = () => {
      for (; turn < total; turn++) {
        const dueMs = startMs + (turn * 1000) / ratePerS;
        if (dueMs > nowMs()) break;
        const sending = send(turn, dueMs).catch(reject);
        open.add(sending);
        void sending.finally(() => open.delete(sending));
      }
      if (turn < total) setTimeout(tick, TICK_MS);
      else resolve();
    };
    tick();
  });
  await Promise.all(open);
  return { accepted: sentMs.size, refused, submit: submitted.percentiles(), get: read.percentiles(), late: late.percentiles(), sentMs };
}
