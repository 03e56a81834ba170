import type { Cache } from '@deai/cache';
import { DeaiError, sha256Hex } from '@deai/protocol';

/** Bounds guesses at one account's password from one network address. */
export interface LoginLimit {
  /** Counts an attempt. @throws DeaiError `RATE_LIMITED` with `retryAfterS` above the bound. */
  attempt(email: string, clientIp: string | undefined): Promise<void>;
  /** Forgets the attempts before a login that succeeded. */
  succeeded(email: string, clientIp: string | undefined): Promise<void>;
}

/** Attempts are counted before the password is looked at, so concurrent guesses cannot pass the bound together. */
export function createLoginLimit(cache: Cache, { attempts, windowMs }: { attempts: number; windowMs: number }): LoginLimit {
  const keyOf = (email: string, clientIp = 'unknown') => `auth:login:${sha256Hex(`${email}\n${clientIp}`)}`;
  return {
    async attempt(email, clientIp) {
      const { count, resetMs } = await cache.increment(keyOf(email, clientIp), windowMs);
      if (count > attempts) throw new DeaiError('RATE_LIMITED', { retryAfterS: Math.max(1, Math.ceil(resetMs / 1000)) });
    },
    succeeded: (email, clientIp) => cache.delete(keyOf(email, clientIp)),
  };
}
