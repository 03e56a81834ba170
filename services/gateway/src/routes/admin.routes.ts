import {
  AuditChain,
  AuditPage,
  AuditQuery,
  AuditRecordPage,
  AuditRecordQuery,
  OneOf,
  Profile,
  ROLES,
  UserPage,
  UserQuery,
} from '@deai/protocol';
import Type from 'typebox';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { IdParams } from './common.ts';

const ADMIN = { tag: 'admin', access: { scope: 'admin' } } as const;

const RolesRequest = Type.Object(
  { roles: Type.Array(OneOf(ROLES), { minItems: 1, maxItems: ROLES.length, uniqueItems: true }) },
  { additionalProperties: false },
);

/** What only administrators may do. */
export function adminRoutes(deps: GatewayDeps): RouteDefinition[] {
  return [...userRoutes(deps), ...auditRoutes(deps)];
}

function userRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'GET',
      '/users',
      {
        ...ADMIN,
        operationId: 'listUsers',
        summary: 'Users, newest first',
        takes: { querystring: UserQuery },
        gives: { status: 200, schema: UserPage },
        errors: ['INVALID_CURSOR'],
      },
      ({ principal, query }) => bus.request('auth.listUsers', { principal, query }),
    ),
    route(
      'POST',
      '/users/:id/roles',
      {
        ...ADMIN,
        operationId: 'setRoles',
        summary: "Replace a user's roles",
        takes: { params: IdParams, body: RolesRequest },
        gives: { status: 200, schema: Profile },
        errors: ['USER_NOT_FOUND'],
        examples: { body: { roles: ['requester', 'operator'] } },
      },
      ({ principal, params, body }) => bus.request('auth.setRoles', { principal, userId: params.id, roles: body.roles }),
    ),
  ];
}

function auditRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'GET',
      '/audit',
      {
        ...ADMIN,
        operationId: 'listAuditEntries',
        summary: 'The audit log: who did what to what, and when; newest first',
        description:
          'Sign-ups, logins and failed ones, logouts, API keys, roles, and what administrators do to nodes. An entry is committed together with what it ' +
          'tells; for what another service does before it is done, as attempted, and concluded as done or failed by a second one.',
        takes: { querystring: AuditQuery },
        gives: { status: 200, schema: AuditPage },
        errors: ['INVALID_CURSOR'],
      },
      ({ principal, query }) => bus.request('auth.auditLog', { principal, query }),
    ),
    route(
      'GET',
      '/audit/chain',
      {
        ...ADMIN,
        operationId: 'getAuditChain',
        summary: 'Both ends of the audit log, whose entries are chained by their hashes',
        description: 'Note `last` and `head` elsewhere: a log that was cut off or written anew no longer has that hash at that number.',
        gives: { status: 200, schema: AuditChain },
      },
      ({ principal }) => bus.request('auth.auditChain', { principal }),
    ),
    route(
      'GET',
      '/audit/chain/entries',
      {
        ...ADMIN,
        operationId: 'listAuditRecords',
        summary: 'All entries of the audit log as they are hashed, oldest first',
        description:
          'The hash of an entry is the SHA-256 of its canonical JSON (RFC 8785) without `hash` and with the hash before it as `previous`; the one ' +
          'before the first is the `anchor`. The SDK, `deai admin audit --verify` and the dashboard recompute it.',
        takes: { querystring: AuditRecordQuery },
        gives: { status: 200, schema: AuditRecordPage },
        errors: ['INVALID_CURSOR'],
      },
      ({ principal, query }) => bus.request('auth.auditRecords', { principal, query }),
    ),
  ];
}
