import { DeaiError } from '@deai/protocol';

/** One call that somebody waits for. */
export interface PendingCall {
  readonly dueMs: number;
  readonly fail: (error: DeaiError) => void;
  readonly onTimeout: () => DeaiError;
}

/** The calls under way on one bus: their deadlines, and the end of them all. */
export interface PendingCalls {
  /** True once calls are refused. */
  readonly closed: boolean;
  /** `fail` is called with `onTimeout()` between `timeoutMs` and 20 ms later; `Infinity` is never due. */
  add(timeoutMs: number, fail: PendingCall['fail'], onTimeout: PendingCall['onTimeout']): PendingCall;
  /** The call is settled. */
  remove(call: PendingCall): void;
  /** Closes as soon as no call is under way, at the latest after `maxMs`; what is left then fails with SHUTTING_DOWN. */
  close(maxMs: number): Promise<void>;
}

/** Default of a request's `timeoutMs`. */
export const DEFAULT_TIMEOUT_MS = 30_000;
/** Default of how long a bus waits for calls under way when it closes. */
export const DEFAULT_DRAIN_MS = 10_000;
/** How late a timeout may come. */
const STEP_MS = 20;

/**
 * One timer looks after every deadline, so that a call costs no timer of its own. It runs only while calls wait, and looks at
 * them only when the earliest deadline has passed.
 */
export function createPendingCalls(): PendingCalls {
  const calls = new Set<PendingCall>();
  let earliestMs = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let becameIdle: (() => void) | undefined;

  const sweep = (): void => {
    const nowMs = performance.now();
    if (calls.size > 0 && nowMs < earliestMs) return;
    const due = [...calls].filter((call) => call.dueMs <= nowMs);
    for (const call of due) {
      call.fail(call.onTimeout());
      remove(call);
    }
    earliestMs = Number.POSITIVE_INFINITY;
    for (const call of calls) earliestMs = Math.min(earliestMs, call.dueMs);
    if (earliestMs !== Number.POSITIVE_INFINITY) return;
    clearInterval(timer);
    timer = undefined;
  };
  const remove = (call: PendingCall): void => {
    calls.delete(call);
    if (calls.size === 0) becameIdle?.();
  };

  return {
    get closed() {
      return closed;
    },
    add(timeoutMs, fail, onTimeout) {
      const call = { dueMs: performance.now() + timeoutMs, fail, onTimeout };
      calls.add(call);
      if (call.dueMs < earliestMs) earliestMs = call.dueMs;
      if (timeoutMs !== Number.POSITIVE_INFINITY) timer ??= setInterval(sweep, STEP_MS);
      return call;
    },
    remove,
    async close(maxMs) {
      if (calls.size > 0) {
        await new Promise<void>((resolve) => {
          const impatience = setTimeout(() => becameIdle?.(), maxMs);
          // Closed in the same turn, lest a call slip in between.
          becameIdle = () => {
            closed = true;
            clearTimeout(impatience);
            resolve();
          };
        });
      }
      closed = true;
      clearInterval(timer);
      for (const call of calls) call.fail(new DeaiError('SHUTTING_DOWN'));
      calls.clear();
    },
  };
}
