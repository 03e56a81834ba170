import { nowMs } from '../measure/clock.ts';

/** Looks how long turns of the event loop take, by taking part in each. `stop` gives the longest one in milliseconds. */
export function watchTurns(): { stop(): number } {
  let longestMs = 0;
  let lastMs = nowMs();
  let stopped = false;
  const turn = (): void => {
    const now = nowMs();
    longestMs = Math.max(longestMs, now - lastMs);
    lastMs = now;
    if (!stopped) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop() {
      stopped = true;
      return longestMs;
    },
  };
}
