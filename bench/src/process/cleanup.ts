/** Things to undo, in reverse order, exactly once: at the end, or when somebody presses Ctrl-C. */
export interface Cleanup {
  add(undo: () => Promise<void> | void): void;
  run(): Promise<void>;
}

export function createCleanup(): Cleanup {
  const undos: (() => Promise<void> | void)[] = [];
  let running: Promise<void> | undefined;
  async function runAll(): Promise<void> {
    for (let undo = undos.pop(); undo; undo = undos.pop()) {
      try {
        await undo();
      } catch (error) {
        console.error('bench: clean-up:', error);
      }
    }
  }
  return {
    add: (undo) => void undos.push(undo),
    run() {
      running ??= runAll().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

/** Cleans up and exits with 128 + the signal's number when the process is interrupted or told to end. */
export function cleanUpOnSignals(cleanup: Cleanup): void {
  const end = (code: number) => async () => {
    await cleanup.run();
    process.exit(code);
  };
  process.once('SIGINT', end(130));
  process.once('SIGTERM', end(143));
}
