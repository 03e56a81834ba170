import type { Logger } from './logger.ts';

/** A piece of upkeep that runs every now and then. */
export interface Job {
  start(): void;
  /** Waits for a run under way. */
  stop(): Promise<void>;
  /** Runs now, after the run under way if there is one; rejects when the run fails. */
  runNow(): Promise<void>;
}

/** Runs `work` every `everyMs` after the end of the run before; failures are logged and the next run comes as usual. */
export function createJob(name: string, everyMs: number, work: () => Promise<void>, logger: Logger): Job {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = true;

  function runNow(): Promise<void> {
    const run = running.then(work);
    running = run.catch((error: unknown) => logger.error({ err: error, job: name }, 'job failed'));
    return run;
  }
  function schedule(): void {
    timer = setTimeout(() => {
      runNow()
        .catch(() => undefined)
        .finally(() => {
          if (!stopped) schedule();
        });
    }, everyMs);
    timer.unref();
  }
  return {
    runNow,
    start() {
      stopped = false;
      schedule();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
