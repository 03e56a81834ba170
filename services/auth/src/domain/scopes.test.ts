import { ROLES, SCOPES, type Scope } from '@deai/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { effectiveScopes, scopesForKey, scopesOf } from './scopes.ts';

const someScopes = fc.subarray([...SCOPES]);
const someRoles = fc.subarray([...ROLES]);
const within = (inner: readonly Scope[], outer: readonly Scope[]) => inner.every((scope) => outer.includes(scope));

it('gives an administrator every scope and nobody none', () => {
  expect(scopesOf(['admin'])).toEqual([...SCOPES]);
  expect(scopesOf([])).toEqual([]);
  expect(scopesOf(['requester'])).not.toContain('nodes:write');
});

it('gives a key by default what its maker holds, except account:write and admin', () => {
  expect(scopesForKey(scopesOf(['requester']))).toEqual(['tasks:read', 'tasks:write', 'nodes:read', 'billing:read', 'account:read']);
  expect(scopesForKey(scopesOf(['admin']), ['admin'])).toEqual(['admin']);
});

it('refuses a key that could do nothing', () => {
  expect(() => scopesForKey(['account:write'])).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
});

it('never gives a key a scope that its maker lacks', () => {
  fc.assert(
    fc.property(someScopes, fc.subarray([...SCOPES], { minLength: 1 }), (held, requested) => {
      if (within(requested, held)) expect(new Set(scopesForKey(held, requested))).toEqual(new Set(requested));
      else expect(() => scopesForKey(held, requested)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    }),
  );
});

it("keeps of a key's scopes exactly those its user's roles still allow", () => {
  fc.assert(
    fc.property(someScopes, someRoles, (scopes, roles) => {
      const effective = effectiveScopes(scopes, roles);
      const allowed = scopesOf(roles);
      expect(new Set(effective)).toEqual(new Set(scopes.filter((scope) => allowed.includes(scope))));
    }),
  );
});
