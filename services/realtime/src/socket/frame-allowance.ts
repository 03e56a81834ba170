const MINUTE_MS = 60_000;

/** Counts frames; false once there are more than `perMinute` in a minute. */
export function createFrameAllowance(perMinute: number, now: () => number = Date.now): () => boolean {
  let begunMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return () => {
    if (now() - begunMs >= MINUTE_MS) {
      begunMs = now();
      count = 0;
    }
    return ++count <= perMinute;
  };
}
