import { DeaiApiError } from '@deai/sdk';
import { onlineManager, type QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

/** Whether questions get answers: `offline` is the browser's word, `silent` what the last question met. */
export type Reachable = 'yes' | 'offline' | 'silent';

const unanswered = (error: unknown) =>
  error instanceof DeaiApiError && (error.code === 'CONNECTION_FAILED' || error.code === 'CLIENT_TIMEOUT');

/** Looks at the questions that the page asks anyway. */
export function useReachable(client: QueryClient): Reachable {
  return useSyncExternalStore(
    (listener) => {
      const stops = [client.getQueryCache().subscribe(listener), onlineManager.subscribe(listener)];
      return () => {
        for (const stop of stops) stop();
      };
    },
    () => {
      if (!onlineManager.isOnline()) return 'offline';
      const asked = client.getQueryCache().findAll({ type: 'active' });
      return asked.some(({ state }) => unanswered(state.error) || unanswered(state.fetchFailureReason)) ? 'silent' : 'yes';
    },
  );
}
