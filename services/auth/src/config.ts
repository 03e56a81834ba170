import { type Env, parseEnv, Required } from '@deai/service-kit';
import Type from 'typebox';
import type { PasswordCost } from './domain/passwords.ts';

const Count = (description: string, standard: number, maximum: number, minimum = 1) =>
  Type.Integer({ minimum, maximum, default: standard, description });

/** The environment variables of the auth service. */
export const AUTH_ENV = Type.Object({
  DEAI_AUTH_KEY_SECRET: Type.String({
    ...Required('seals the private signing keys in the database; 32 random characters or more'),
    minLength: 32,
  }),
  DEAI_AUTH_ADMIN_EMAIL: Type.Optional(Type.String({ format: 'email', description: 'the account with this address is an administrator' })),
  DEAI_AUTH_ACCESS_TOKEN_S: Count('lifetime of an access token', 900, 86_400, 30),
  DEAI_AUTH_REFRESH_TOKEN_DAYS: Count('lifetime of a refresh token', 30, 365),
  DEAI_AUTH_SIGNING_KEY_DAYS: Count('a new signing key takes over after this long', 30, 365),
  DEAI_AUTH_NETWORK_KEY_DAYS: Count('a new key for work receipts takes over after this long', 365, 3_650),
  DEAI_AUTH_MAX_API_KEYS: Count('live API keys of one user', 50, 10_000),
  DEAI_AUTH_LOGIN_ATTEMPTS: Count('attempts to log in for one e-mail address from one network address, a window', 10, 1_000_000),
  DEAI_AUTH_LOGIN_WINDOW_S: Count('length of that window', 900, 86_400),
  DEAI_AUTH_AUDIT_DAYS: Count('entries of the audit log are kept for this long', 400, 3_650, 30),
  DEAI_AUTH_ARGON2_MEMORY_KIB: Count('argon2id memory', 19_456, 4_194_304, 19_456),
  DEAI_AUTH_ARGON2_ITERATIONS: Count('argon2id passes', 2, 100, 2),
  DEAI_AUTH_ARGON2_PARALLELISM: Count('argon2id lanes', 1, 255),
});

/** How the auth service behaves. The environment cannot set an argon2id cost below OWASP's minimum (19 MiB, 2 passes, 1 lane). */
export interface AuthConfig {
  /** Seals private signing keys at rest. Every instance needs the same one; with another, the service does not start. */
  keySecret: string;
  /** The account with this address is made an administrator when it registers, and at every start. */
  adminEmail?: string;
  accessTokenS: number;
  refreshTokenDays: number;
  signingKeyDays: number;
  networkKeyDays: number;
  maxApiKeys: number;
  loginAttempts: number;
  loginWindowMs: number;
  auditDays: number;
  argon2: PasswordCost;
}

/** @throws DeaiError `CONFIG_INVALID`. */
export function loadAuthConfig(env: Env): AuthConfig {
  const values = parseEnv(AUTH_ENV, env);
  const adminEmail = values.DEAI_AUTH_ADMIN_EMAIL;
  return Object.freeze({
    keySecret: values.DEAI_AUTH_KEY_SECRET,
    ...(adminEmail ? { adminEmail } : {}),
    accessTokenS: values.DEAI_AUTH_ACCESS_TOKEN_S,
    refreshTokenDays: values.DEAI_AUTH_REFRESH_TOKEN_DAYS,
    signingKeyDays: values.DEAI_AUTH_SIGNING_KEY_DAYS,
    networkKeyDays: values.DEAI_AUTH_NETWORK_KEY_DAYS,
    maxApiKeys: values.DEAI_AUTH_MAX_API_KEYS,
    loginAttempts: values.DEAI_AUTH_LOGIN_ATTEMPTS,
    loginWindowMs: values.DEAI_AUTH_LOGIN_WINDOW_S * 1000,
    auditDays: values.DEAI_AUTH_AUDIT_DAYS,
    argon2: Object.freeze({
      memoryKiB: values.DEAI_AUTH_ARGON2_MEMORY_KIB,
      iterations: values.DEAI_AUTH_ARGON2_ITERATIONS,
      parallelism: values.DEAI_AUTH_ARGON2_PARALLELISM,
    }),
  });
}
