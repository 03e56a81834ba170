import { type Bus, createMemoryBus } from '@deai/bus';
import { createMemoryCache } from '@deai/cache';
import { newId, type Principal, type TokenResponse } from '@deai/protocol';
import { createAuthenticator, createLogger, createMetrics, type Metrics, type Service } from '@deai/service-kit';
import { createTestDatabase, type TestDatabase } from '@deai/testkit';
import { type AuthConfig, createAuthService } from '../index.ts';

/** The default configuration but for a password hash that takes no time. */
export const TEST_CONFIG: AuthConfig = {
  keySecret: 'a secret of more than thirty-two characters',
  adminEmail: 'Root@Example.org',
  accessTokenS: 900,
  refreshTokenDays: 30,
  signingKeyDays: 30,
  networkKeyDays: 365,
  maxApiKeys: 50,
  loginAttempts: 10,
  loginWindowMs: 900_000,
  auditDays: 400,
  argon2: { memoryKiB: 256, iterations: 1, parallelism: 1 },
};
export const PASSWORD = 'correct horse battery';

/** One instance of the auth service on a bus of its own. */
export interface AuthWorld {
  db: TestDatabase;
  bus: Bus;
  metrics: Metrics;
  service: Service;
  /** Registers an account under a new address. */
  register(roles?: ('requester' | 'operator')[]): Promise<TokenResponse>;
  /** Registers an administrator, as the configured address or by its hand. */
  admin(): Promise<Principal>;
  /** Who the credential is for, with nothing remembered from before. */
  principalOf(credential: string): Promise<Principal>;
  close(): Promise<void>;
}

/** Starts the service; several worlds may share one database. */
export async function createAuthWorld(overrides: Partial<AuthConfig> = {}, shared?: TestDatabase): Promise<AuthWorld> {
  const db = shared ?? (await createTestDatabase({ maxConnections: 20 }));
  const bus = createMemoryBus();
  const cache = createMemoryCache({ maxEntries: 10_000 });
  const metrics = createMetrics();
  const logger = createLogger({ level: 'silent', pretty: false });
  const service = createAuthService({ bus, db, cache, metrics, logger }, { ...TEST_CONFIG, ...overrides });
  await service.start();

  async function principalOf(credential: string): Promise<Principal> {
    const authenticator = await createAuthenticator(bus);
    try {
      return await authenticator.authenticate(credential);
    } finally {
      authenticator.close();
    }
  }
  return {
    db,
    bus,
    metrics,
    service,
    principalOf,
    register: (roles) => bus.request('auth.register', { email: newEmail(), password: PASSWORD, ...(roles ? { roles } : {}) }),
    async admin() {
      const email = TEST_CONFIG.adminEmail as string;
      const root = await bus
        .request('auth.register', { email, password: PASSWORD })
        .catch(() => bus.request('auth.login', { email, password: PASSWORD }));
      return await principalOf(root.accessToken);
    },
    async close() {
      await service.stop();
      await bus.close();
      await cache.close();
    },
  };
}

/** An address that no account has. */
export function newEmail(): string {
  return `user-${newId()}@example.org`;
}

/** What a promise rejects with, as code and details. */
export async function refusal(work: Promise<unknown>): Promise<{ code: string; details: Record<string, unknown> | undefined }> {
  const error = await work.then(
    () => {
      throw new Error('it was not refused');
    },
    (thrown: { code: string; details?: Record<string, unknown> }) => thrown,
  );
  return { code: error.code, details: error.details };
}
