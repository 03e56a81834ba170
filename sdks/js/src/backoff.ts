const BASE_MS = 200;
const CAP_MS = 10_000;

/**
 * Time before the next try, in ms: doubles from 0.2 to 10 s with half of it random, so that clients do not come back in step.
 * Never before `retryAfterMs` when the server gave one.
 */
export function backoffMs(failures: number, retryAfterMs?: number, random: () => number = Math.random): number {
  const full = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures, 16));
  if (retryAfterMs === undefined) return full * (0.5 + random() / 2);
  return retryAfterMs + random() * Math.min(BASE_MS, full);
}

/** Reads a Retry-After header, seconds or an HTTP date, into ms from `nowMs`; `undefined` when absent or unreadable. */
export function retryAfterMsOf(header: string | null, nowMs: number = Date.now()): number | undefined {
  if (!header) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The promise, or the signal's reason if that comes first. What the promise does goes on. */
export function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
