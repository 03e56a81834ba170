import { DeaiApiError } from '@deai/sdk';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { expireSession } from './session.ts';

function onError(error: unknown): void {
  if (error instanceof DeaiApiError && error.status === 401 && error.code !== 'INVALID_CREDENTIALS') expireSession();
}

/** Answers of the API, shared by all that show them. The SDK repeats what can be repeated, so nothing is tried again here. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: { retry: false, staleTime: 2_000, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});
