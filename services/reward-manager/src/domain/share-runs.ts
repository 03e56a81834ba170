/**
 * Lets callers share expensive runs of `work`: one at a time, and everybody who asks during a run gets the next one,
 * so an answer never is older than its question.
 */
export function shareRuns<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  function run(): Promise<T> {
    const current = work().finally(() => {
      if (running === current) running = undefined;
    });
    running = current;
    return current;
  }
  return () => {
    if (!running) return run();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return run();
      });
    return next;
  };
}
