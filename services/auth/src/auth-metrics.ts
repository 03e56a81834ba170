import { DeaiError } from '@deai/protocol';
import type { Metrics } from '@deai/service-kit';

/** Runs the work and counts how it ended: `ok`, or the code of its error in lower case. */
export type Counted = <T>(work: () => Promise<T>) => Promise<T>;

/** Counters of logins, refreshes and checks of API keys, by outcome. */
export interface AuthMetrics {
  login: Counted;
  refresh: Counted;
  keyCheck: Counted;
}

export function createAuthMetrics(metrics: Metrics): AuthMetrics {
  const counted = (name: string, help: string): Counted => {
    const counter = metrics.counter(name, help, ['outcome']);
    return async (work) => {
      let outcome = 'internal';
      try {
        const result = await work();
        outcome = 'ok';
        return result;
      } catch (error) {
        if (error instanceof DeaiError) outcome = error.code.toLowerCase();
        throw error;
      } finally {
        counter.inc({ outcome });
      }
    };
  };
  return {
    login: counted('deai_auth_logins_total', 'Logins by outcome'),
    refresh: counted('deai_auth_refreshes_total', 'Refreshes by outcome'),
    keyCheck: counted('deai_auth_key_checks_total', 'Checks of API keys by outcome'),
  };
}
