import type { FastifyReply, FastifyRequest } from 'fastify';

/** Counts requests under way, so that stopping can wait for them. */
export interface InFlight {
  /** For `onRequest`. */
  hook(request: FastifyRequest, reply: FastifyReply, done: () => void): void;
  /** Resolves when none is under way, or after `maxMs`. */
  drained(maxMs: number): Promise<void>;
}

export function createInFlight(): InFlight {
  let count = 0;
  let wake: (() => void) | undefined;
  // One function for all requests: `close` comes once a response, however it ended.
  function ended(): void {
    count--;
    if (count === 0) wake?.();
  }
  return {
    hook(_request, reply, done) {
      count++;
      reply.raw.once('close', ended);
      done();
    },
    async drained(maxMs) {
      if (count === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const timer = setTimeout(resolve, maxMs);
      await promise;
      clearTimeout(timer);
    },
  };
}
