/** Requests that may lose their answerer: one that was killed leaves its callers to their timeout. */
export interface Abandonable {
  /** The request's answer; rejects with the reason when it is abandoned first. */
  ask<T>(request: Promise<T>): Promise<T>;
  /** Gives up on every request under way. Those that were served all the same are settled when they are repeated. */
  abandon(reason: Error): void;
}

export function createAbandonable(): Abandonable {
  const pending = new Set<(reason: Error) => void>();
  return {
    ask(request) {
      return new Promise((resolve, reject) => {
        pending.add(reject);
        request.then(resolve, reject).finally(() => pending.delete(reject));
      });
    },
    abandon(reason) {
      for (const giveUp of pending) giveUp(reason);
    },
  };
}
