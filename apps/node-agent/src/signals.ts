import type { AgentHandle } from './agent.ts';

/**
 * Drains the agent at the first SIGTERM or SIGINT and exits at once at the second.
 * `exit` gets 0 after the drain, 1 at the second signal. Returns what removes the handlers.
 */
export function drainOnSignals(handle: Pick<AgentHandle, 'drain'>, exit: (code: number) => void = process.exit): () => void {
  let drains = false;
  const onSignal = () => {
    if (drains) return exit(1);
    drains = true;
    void handle.drain().then(() => exit(0));
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return () => {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  };
}
