import type { Service, ServiceContext } from '@deai/service-kit';
import { createAuthMetrics } from './auth-metrics.ts';
import { serveCommands } from './commands.ts';
import type { AuthConfig } from './config.ts';
import { createAccounts } from './domain/accounts.ts';
import { createAdministration } from './domain/administration.ts';
import { createApiKeys } from './domain/api-keys.ts';
import { roleConfigured } from './domain/audit-log.ts';
import { createFailedLogins } from './domain/failed-logins.ts';
import { normaliseEmail } from './domain/input.ts';
import { createKeyRing } from './domain/key-ring.ts';
import type { RotationPlan } from './domain/key-rotation.ts';
import { createLastUses } from './domain/last-uses.ts';
import { createLoginLimit } from './domain/login-limit.ts';
import { createNetworkKeyRing } from './domain/network-keys.ts';
import { createPasswords } from './domain/passwords.ts';
import { createSessions } from './domain/sessions.ts';
import { createTokenIssuer } from './domain/token-issuer.ts';
import { createUpkeepJobs } from './jobs/upkeep.jobs.ts';
import { createPgApiKeyStore } from './store/pg-api-key-store.ts';
import { createPgAuditStore } from './store/pg-audit-store.ts';
import { createPgSessionStore } from './store/pg-session-store.ts';
import { createPgSigningKeyStore } from './store/pg-signing-key-store.ts';
import { createPgUserStore } from './store/pg-user-store.ts';

const DAY_MS = 86_400_000;
/** Ten times the interval at which instances look for new keys. */
const KEY_LEAD_MS = 600_000;

/** Of the outside world only this: no objects. */
export type AuthContext = Pick<ServiceContext, 'bus' | 'db' | 'cache' | 'logger' | 'metrics'>;

function rotationOf({ signingKeyDays, accessTokenS }: AuthConfig): RotationPlan {
  return { lifeMs: signingKeyDays * DAY_MS, leadMs: KEY_LEAD_MS, keepMs: accessTokenS * 1000 + KEY_LEAD_MS };
}

async function wire({ bus, db, cache, logger, metrics }: AuthContext, config: AuthConfig) {
  const now = () => Date.now();
  const users = createPgUserStore(db);
  const sessionStore = createPgSessionStore(db);
  const keyStore = createPgApiKeyStore(db);
  const audit = createPgAuditStore(db);
  const passwords = await createPasswords(config.argon2);
  const keyRing = createKeyRing({
    store: createPgSigningKeyStore(db, 'signing_key'),
    secret: config.keySecret,
    accessTokenS: config.accessTokenS,
    rotation: rotationOf(config),
    now,
  });
  const networkKeys = createNetworkKeyRing({
    store: createPgSigningKeyStore(db, 'network_key'),
    secret: config.keySecret,
    lifeMs: config.networkKeyDays * DAY_MS,
    leadMs: KEY_LEAD_MS,
    now,
  });
  const issuer = createTokenIssuer(keyRing, config, now);
  const limit = createLoginLimit(cache, { attempts: config.loginAttempts, windowMs: config.loginWindowMs });
  const failed = createFailedLogins(cache, audit, config.loginWindowMs, now);
  const lastUses = createLastUses(keyStore, now);
  const adminEmail = config.adminEmail === undefined ? undefined : normaliseEmail(config.adminEmail);
  return {
    users,
    adminEmail,
    keyRing,
    networkKeys,
    lastUses,
    metrics: createAuthMetrics(metrics),
    accounts: createAccounts({ users, passwords, issuer, bus, adminEmail }),
    sessions: createSessions({ users, sessions: sessionStore, passwords, issuer, limit, failed }),
    apiKeys: createApiKeys({ users, keys: keyStore, lastUses, bus, maxLive: config.maxApiKeys, now }),
    administration: createAdministration({ users, audit }),
    jobs: createUpkeepJobs({
      keyRing,
      networkKeys,
      lastUses,
      sessions: sessionStore,
      apiKeys: keyStore,
      audit,
      auditDays: config.auditDays,
      logger,
      now,
    }),
  };
}

/** The auth service: accounts, sessions, API keys and the keys that sign access tokens. See README.md. */
export function createAuthService(context: AuthContext, config: AuthConfig): Service {
  const { bus, db, logger } = context;
  let stopRunning: (() => Promise<void>) | undefined;
  return {
    name: 'auth',
    /** @throws DeaiError `CONFIG_INVALID` when `keySecret` is not the one that the stored keys were sealed with. */
    async start() {
      const parts = await wire(context, config);
      await parts.keyRing.refresh();
      await parts.networkKeys.refresh();
      const granted = (userId: string) => roleConfigured(userId, 'admin');
      if (parts.adminEmail && (await parts.users.grantByEmail(parts.adminEmail, 'admin', granted))) {
        logger.info({ email: parts.adminEmail }, 'made the account of DEAI_AUTH_ADMIN_EMAIL an administrator');
      }
      const stopServing = await serveCommands({ bus, ...parts, health: () => this.health() });
      for (const job of parts.jobs) job.start();
      stopRunning = async () => {
        await stopServing();
        await Promise.all(parts.jobs.map((job) => job.stop()));
        await parts.lastUses.flush();
      };
    },
    async stop() {
      const stop = stopRunning;
      stopRunning = undefined;
      await stop?.();
    },
    async health() {
      if (!stopRunning) return { status: 'down', detail: 'not started' };
      try {
        await db.query('select 1');
        return { status: 'ok' };
      } catch (error) {
        return { status: 'down', detail: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}
