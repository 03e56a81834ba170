import { EXIT } from './exit-codes.ts';

/** Resolves at the first SIGINT or SIGTERM, also one during the start; the second ends the process at once. */
export function onStopSignals(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = () => {
      if (asked) process.exit(EXIT.interrupted);
      asked = true;
      resolve();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  });
}
