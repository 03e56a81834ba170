import { OneOf, Profile, ROLES } from '@deai/protocol';
import Type from 'typebox';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { IdParams } from './common.ts';

const RolesRequest = Type.Object(
  { roles: Type.Array(OneOf(ROLES), { minItems: 1, maxItems: ROLES.length, uniqueItems: true }) },
  { additionalProperties: false },
);

/** What only administrators may do. */
export function adminRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'POST',
      '/users/:id/roles',
      {
        operationId: 'setRoles',
        tag: 'admin',
        summary: "Replace a user's roles",
        access: { scope: 'admin' },
        takes: { params: IdParams, body: RolesRequest },
        gives: { status: 200, schema: Profile },
        errors: ['USER_NOT_FOUND'],
        examples: { body: { roles: ['requester', 'operator'] } },
      },
      ({ principal, params, body }) => bus.request('auth.setRoles', { principal, userId: params.id, roles: body.roles }),
    ),
  ];
}
