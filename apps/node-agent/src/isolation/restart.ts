import { fullJitterMs } from '../backoff.ts';

const BASE_MS = 200;
const CAP_MS = 10_000;

/** Keeps a slot closed for a while after its process crashed, longer each time. */
export interface Restart {
  readonly waiting: boolean;
  backOff(): void;
  /** The process did good work: the next crash counts as the first. */
  reset(): void;
  cancel(): void;
}

export function createRestart(onReady: () => void): Restart {
  let crashes = 0;
  let timer: NodeJS.Timeout | undefined;
  const ready = () => {
    timer = undefined;
    onReady();
  };
  return {
    get waiting() {
      return timer !== undefined;
    },
    backOff() {
      crashes++;
      timer ??= setTimeout(ready, fullJitterMs(crashes, BASE_MS, CAP_MS));
    },
    reset() {
      crashes = 0;
    },
    cancel: () => clearTimeout(timer),
  };
}
