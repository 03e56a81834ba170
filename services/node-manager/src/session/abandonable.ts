import { DeaiError } from '@deai/protocol';

/** Requests that may lose their answerer: one that was killed leaves its callers to their timeout. */
export interface Abandonable {
  /** The request's answer; rejects with `UNAVAILABLE` when it is abandoned first. */
  ask<T>(request: Promise<T>): Promise<T>;
  /** Gives up on every request under way. Those that were served all the same are settled when they are repeated. */
  abandon(): void;
}

export function createAbandonable(): Abandonable {
  const pending = new Set<() => void>();
  return {
    ask(request) {
      return new Promise((resolve, reject) => {
        const giveUp = () => reject(new DeaiError('UNAVAILABLE', { hint: 'The service that was asked started anew.' }));
        pending.add(giveUp);
        request.then(resolve, reject).finally(() => pending.delete(giveUp));
      });
    },
    abandon() {
      for (const giveUp of pending) giveUp();
    },
  };
}
