import { DeaiError, type Scope } from '@deai/protocol';
import { type Authenticator, bearerOf, requireScope } from '@deai/service-kit';
import type { FastifyRequest } from 'fastify';
import type { CountFailure } from './rate-limit.ts';

/** Makes the hook that lets only callers with the scope pass and puts their principal on the request. */
export function createGuard(authenticator: () => Authenticator, countFailure: CountFailure) {
  return (scope: Scope) =>
    async (request: FastifyRequest): Promise<void> => {
      try {
        request.principal = await authenticator().authenticate(bearerOf(request.headers.authorization));
      } catch (error) {
        if (error instanceof DeaiError && error.status === 401) await countFailure(request);
        throw error;
      }
      requireScope(request.principal, scope);
    };
}
export type Guard = ReturnType<typeof createGuard>;
