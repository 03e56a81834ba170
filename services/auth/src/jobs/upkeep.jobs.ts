import { createJob, type Job, type Logger } from '@deai/service-kit';
import type { KeyRing } from '../domain/key-ring.ts';
import type { LastUses } from '../domain/last-uses.ts';
import type { NetworkKeyRing } from '../domain/network-keys.ts';
import type { ApiKeyStore, AuditStore, SessionStore } from '../domain/ports.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Dead keys are listed for this long, so that their owners can see what became of them. */
const DEAD_KEYS_KEPT_MS = 90 * 24 * HOUR_MS;

export interface UpkeepDeps {
  keyRing: KeyRing;
  networkKeys: NetworkKeyRing;
  lastUses: LastUses;
  sessions: SessionStore;
  apiKeys: ApiKeyStore;
  audit: Pick<AuditStore, 'deleteBefore' | 'chain'>;
  auditDays: number;
  logger: Logger;
  now(): number;
}

/** What the service does by itself: rotate signing keys, write last uses, delete what has expired. */
export function createUpkeepJobs(deps: UpkeepDeps): Job[] {
  const { keyRing, networkKeys, lastUses, sessions, apiKeys, audit, auditDays, logger, now } = deps;
  return [
    createJob('auth.signing-keys', MINUTE_MS, () => keyRing.refresh(), logger),
    createJob('auth.last-uses', MINUTE_MS, () => lastUses.flush(), logger),
    createJob('auth.clean-up', HOUR_MS, () => cleanUp(), logger),
    createJob('auth.network-keys', MINUTE_MS, () => networkKeys.refresh(), logger),
  ];

  async function cleanUp(): Promise<void> {
    const expired = await sessions.deleteExpired();
    const apiKeysDeleted = await apiKeys.deleteDead(new Date(now() - DEAD_KEYS_KEPT_MS));
    const auditEntries = await audit.deleteBefore(new Date(now() - auditDays * 24 * HOUR_MS));
    logger.debug({ ...expired, apiKeys: apiKeysDeleted, auditEntries }, 'deleted what has expired');
    // Where logs are kept elsewhere than the database, a head is noted that nobody can change together with it.
    const { last, head } = await audit.chain();
    logger.info({ last, head }, 'the head of the audit log');
  }
}
