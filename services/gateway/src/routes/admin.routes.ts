import { AuditPage, AuditQuery, OneOf, Profile, ROLES, UserPage, UserQuery } from '@deai/protocol';
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
export function adminRoutes({ bus }: GatewayDeps): RouteDefinition[] {
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
    route(
      'GET',
      '/audit',
      {
        ...ADMIN,
        operationId: 'listAuditEntries',
        summary: 'The audit log: who did what to what, and when; newest first',
        description:
          'Sign-ups, logins and failed ones, logouts, API keys, roles, and what administrators do to nodes. An entry is committed together with what it tells, or before it is done.',
        takes: { querystring: AuditQuery },
        gives: { status: 200, schema: AuditPage },
        errors: ['INVALID_CURSOR'],
      },
      ({ principal, query }) => bus.request('auth.auditLog', { principal, query }),
    ),
  ];
}
