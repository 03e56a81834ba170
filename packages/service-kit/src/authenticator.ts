import type { Bus } from '@deai/bus';
import { DeaiError, type Principal, ROLE_SCOPES, type Role, type Scope, sha256Hex } from '@deai/protocol';
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';

/** Every API key begins with this, which tells it from an access token. */
export const API_KEY_PREFIX = 'deai_';
export const TOKEN_ISSUER = 'deai';
const CACHED_MS = 10_000;
const MAX_CACHED = 50_000;
/** Tokens signed by an unknown key make us ask for the keys again, at most this often: anybody can forge such tokens. */
const RELOAD_MS = 5_000;

/** Turns a bearer credential into a principal. */
export interface Authenticator {
  /** @throws DeaiError `UNAUTHENTICATED` or `TOKEN_EXPIRED`. */
  authenticate(credential: string): Promise<Principal>;
  close(): void;
}

interface Known {
  principal: Principal;
  untilMs: number;
}

/**
 * Access tokens are checked here against the auth service's public keys; API keys by the auth service, remembered by hash
 * for ten seconds, so a revoked key works at most that long, and not at all where its revocation event arrives.
 */
export async function createAuthenticator(bus: Bus): Promise<Authenticator> {
  const known = new Map<string, Known>();
  let keySet: ReturnType<typeof createLocalJWKSet> | undefined;
  const stop = await bus.subscribe('auth.apiKeyRevoked', ({ keyId }) => {
    for (const [hash, entry] of known) if (entry.principal.credentialId === keyId) known.delete(hash);
  });

  let loadedAtMs = 0;

  async function loadKeys() {
    loadedAtMs = Date.now();
    keySet = createLocalJWKSet((await bus.request('auth.jwks', {})) as unknown as JSONWebKeySet);
    return keySet;
  }
  async function verifyToken(token: string): Promise<Known> {
    const options = { issuer: TOKEN_ISSUER, algorithms: ['EdDSA'] };
    const { payload } = await jwtVerify(token, keySet ?? (await loadKeys()), options).catch(async (error: unknown) => {
      if (error instanceof errors.JWKSNoMatchingKey && Date.now() - loadedAtMs > RELOAD_MS)
        return await jwtVerify(token, await loadKeys(), options);
      throw error;
    });
    const roles = payload.roles as Role[];
    const scopes = [...new Set<Scope>(roles.flatMap((role) => [...ROLE_SCOPES[role]]))];
    const principal: Principal = { userId: String(payload.sub), roles, scopes, via: 'session', credentialId: String(payload.sid) };
    return { principal, untilMs: Math.min((payload.exp ?? 0) * 1000, Date.now() + CACHED_MS) };
  }
  async function verifyKey(key: string): Promise<Known> {
    const { principal, expiresAtMs } = await bus.request('auth.verifyApiKey', { key });
    return { principal, untilMs: Math.min(expiresAtMs ?? Number.POSITIVE_INFINITY, Date.now() + CACHED_MS) };
  }
  async function look(credential: string): Promise<Known> {
    if (credential.startsWith(API_KEY_PREFIX)) return await verifyKey(credential);
    try {
      return await verifyToken(credential);
    } catch (error) {
      if (error instanceof DeaiError) throw error;
      throw new DeaiError(error instanceof errors.JWTExpired ? 'TOKEN_EXPIRED' : 'UNAUTHENTICATED', undefined, { cause: error });
    }
  }

  return {
    async authenticate(credential) {
      const hash = sha256Hex(credential);
      const hit = known.get(hash);
      if (hit && hit.untilMs > Date.now()) return hit.principal;
      const fresh = await look(credential);
      if (known.size >= MAX_CACHED) known.clear();
      known.set(hash, fresh);
      return fresh.principal;
    },
    close: stop,
  };
}

/** The bearer credential of an Authorization header. @throws DeaiError `UNAUTHENTICATED` when there is none. */
export function bearerOf(header: string | undefined): string {
  const credential = /^Bearer ([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(header ?? '')?.[1];
  if (!credential) throw new DeaiError('UNAUTHENTICATED');
  return credential;
}

/** @throws DeaiError `FORBIDDEN` when the principal lacks the scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (!principal.scopes.includes(scope))
    throw new DeaiError('FORBIDDEN', { required: scope, hint: `Use a key or an account with the scope ${scope}.` });
}

export function isAdmin(principal: Principal): boolean {
  return principal.roles.includes('admin') && principal.scopes.includes('admin');
}
