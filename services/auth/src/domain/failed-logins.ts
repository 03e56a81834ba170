import type { Cache } from '@deai/cache';
import { loginFailed } from './audit-log.ts';
import type { AuditStore } from './ports.ts';

/** Entries a window: for one account, for addresses without one, and for all accounts together. */
const OF_ACCOUNT = 10;
const OF_UNKNOWN = 100;
const OF_ACCOUNTS = 1_000;

/** Failed logins in the audit log. */
export interface FailedLogins {
  /** Adds an entry, unless as many as are allowed were added in this window: whoever guesses must not fill the table. */
  record(login: { userId: string | undefined; email: string; clientIp: string | undefined }): Promise<void>;
}

/** Addresses without an account have a bound of their own, so that inventing them does not hide guesses at accounts. */
export function createFailedLogins(cache: Cache, audit: Pick<AuditStore, 'add'>, windowMs: number, now: () => number): FailedLogins {
  const boundsOf = (userId: string | undefined): readonly (readonly [key: string, most: number])[] =>
    userId === undefined
      ? [['unknown', OF_UNKNOWN]]
      : [
          [`user:${userId}`, OF_ACCOUNT],
          ['users', OF_ACCOUNTS],
        ];
  return {
    async record({ userId, email, clientIp }) {
      let quietUntil: string | undefined;
      for (const [key, most] of boundsOf(userId)) {
        const { count, resetMs } = await cache.increment(`auth:audit:${key}`, windowMs);
        if (count > most) return;
        if (count === most) quietUntil = new Date(now() + resetMs).toISOString();
      }
      const facts = { ...(clientIp === undefined ? {} : { clientIp }), ...(quietUntil === undefined ? {} : { quietUntil }) };
      await audit.add(loginFailed(userId, email, facts));
    },
  };
}
