import { DeaiError, ROLE_SCOPES, type Role, SCOPES, type Scope } from '@deai/protocol';

/** A key has these only when they are asked for. */
const ONLY_ON_REQUEST: readonly Scope[] = ['admin', 'account:write'];

/** Every scope that comes with any of the roles, in the order of `SCOPES`. */
export function scopesOf(roles: readonly Role[]): Scope[] {
  const granted = new Set(roles.flatMap((role) => [...ROLE_SCOPES[role]]));
  return SCOPES.filter((scope) => granted.has(scope));
}

/** What is left of `scopes` under these roles. */
export function effectiveScopes(scopes: readonly Scope[], roles: readonly Role[]): Scope[] {
  return scopesOf(roles).filter((scope) => scopes.includes(scope));
}

/**
 * The scopes of a new key out of those its maker holds.
 * @throws DeaiError `FORBIDDEN` when one is asked for that the maker does not hold, or there is none to give.
 */
export function scopesForKey(held: readonly Scope[], requested?: readonly Scope[]): Scope[] {
  const missing = (requested ?? []).filter((scope) => !held.includes(scope));
  if (missing.length > 0) throw new DeaiError('FORBIDDEN', { missing, hint: 'Ask for scopes that you hold yourself.' });
  const scopes = SCOPES.filter((scope) =>
    requested ? requested.includes(scope) : held.includes(scope) && !ONLY_ON_REQUEST.includes(scope),
  );
  if (scopes.length === 0)
    throw new DeaiError('FORBIDDEN', { hint: 'Name the scopes of the key: you hold none that a key has by default.' });
  return scopes;
}
