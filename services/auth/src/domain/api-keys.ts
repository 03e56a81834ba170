import type { Bus } from '@deai/bus';
import { type ApiKey, type ApiKeyCreated, ApiKeyRequest, DeaiError, isUuid, newId, type Principal } from '@deai/protocol';
import { requireScope } from '@deai/service-kit';
import { apiKeyChanged } from './audit-log.ts';
import { createCheck, requirePlainText } from './input.ts';
import type { LastUses } from './last-uses.ts';
import { apiKeyHash, newApiKey } from './opaque-tokens.ts';
import type { ApiKeyStore, StoredApiKey, UserStore } from './ports.ts';
import { effectiveScopes, scopesForKey } from './scopes.ts';

const DAY_MS = 86_400_000;
const checkRequest = createCheck(ApiKeyRequest);

export interface ApiKeysDeps {
  users: UserStore;
  keys: ApiKeyStore;
  lastUses: LastUses;
  bus: Pick<Bus, 'publish'>;
  /** Live keys of one user. */
  maxLive: number;
  now(): number;
}

/** Long-lived credentials for programs. */
export interface ApiKeys {
  /**
   * A key can do no more than whoever makes it, and never more than its user's roles allow at the time it is used.
   * @throws DeaiError `FORBIDDEN`, `INVALID_INPUT`, `API_KEY_LIMIT`.
   */
  create(principal: Principal, request: ApiKeyRequest): Promise<ApiKeyCreated>;
  /** @throws DeaiError `FORBIDDEN`. */
  list(principal: Principal): Promise<ApiKey[]>;
  /** Idempotent; announces the revocation each time. @throws DeaiError `FORBIDDEN`, `API_KEY_NOT_FOUND`. */
  revoke(principal: Principal, id: string): Promise<ApiKey>;
  /** @throws DeaiError `UNAUTHENTICATED` for a key that is unknown, revoked or expired. */
  verify(key: string): Promise<{ principal: Principal; expiresAtMs: number | null }>;
}

export function createApiKeys({ users, keys, lastUses, bus, maxLive, now }: ApiKeysDeps): ApiKeys {
  return {
    async create(principal, request) {
      requireScope(principal, 'account:write');
      const { name, scopes: requested, expiresInDays } = checkRequest(request);
      requirePlainText(name, '/name');
      const user = await users.findById(principal.userId);
      if (!user) throw new DeaiError('USER_NOT_FOUND');
      const scopes = scopesForKey(effectiveScopes(principal.scopes, user.roles), requested);
      const expiresAt = expiresInDays === undefined ? null : new Date(now() + expiresInDays * DAY_MS);
      const { text, hash, prefix } = newApiKey();
      const key = { id: newId(), userId: user.id, name, prefix, scopes, expiresAt };
      const stored = await keys.create(key, hash, maxLive, apiKeyChanged('apiKey.created', principal, key));
      if (!stored) throw new DeaiError('API_KEY_LIMIT', { maxLive });
      return { key: text, apiKey: toApiKey(stored) };
    },
    async list(principal) {
      requireScope(principal, 'account:read');
      return (await keys.list(principal.userId)).map(toApiKey);
    },
    async revoke(principal, id) {
      requireScope(principal, 'account:write');
      const entry = (key: StoredApiKey) => apiKeyChanged('apiKey.revoked', principal, key);
      const stored = isUuid(id) ? await keys.revoke(principal.userId, id, entry) : undefined;
      if (!stored) throw new DeaiError('API_KEY_NOT_FOUND');
      bus.publish('auth.apiKeyRevoked', { keyId: stored.id });
      return toApiKey(stored);
    },
    async verify(text) {
      const hash = typeof text === 'string' ? apiKeyHash(text) : undefined;
      const found = hash && (await keys.findLive(hash));
      if (!found) throw new DeaiError('UNAUTHENTICATED');
      const { key, roles } = found;
      lastUses.record(key.id);
      const scopes = effectiveScopes(key.scopes, roles);
      return {
        principal: { userId: key.userId, roles, scopes, via: 'api-key', credentialId: key.id },
        expiresAtMs: key.expiresAt?.getTime() ?? null,
      };
    },
  };
}

function toApiKey({ id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }: StoredApiKey): ApiKey {
  const text = (at: Date | null) => at?.toISOString() ?? null;
  return {
    id,
    name,
    prefix,
    scopes,
    createdAt: createdAt.toISOString(),
    expiresAt: text(expiresAt),
    lastUsedAt: text(lastUsedAt),
    revokedAt: text(revokedAt),
  };
}
