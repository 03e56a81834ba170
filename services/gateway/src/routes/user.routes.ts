import { ApiKey, ApiKeyCreated, ApiKeyRequest, Billing, BillingQuery, Profile, ProfileUpdate } from '@deai/protocol';
import Type from 'typebox';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { IdParams } from './common.ts';

/** `user/*`: the caller's profile, API keys and billing. */
export function userRoutes(deps: GatewayDeps): RouteDefinition[] {
  return [...profileRoutes(deps), ...apiKeyRoutes(deps)];
}

function profileRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'GET',
      '/user/profile',
      {
        operationId: 'getProfile',
        tag: 'user',
        summary: "The caller's profile",
        access: { scope: 'account:read' },
        gives: { status: 200, schema: Profile },
        errors: ['USER_NOT_FOUND'],
      },
      ({ principal }) => bus.request('auth.getProfile', { principal }),
    ),
    route(
      'PATCH',
      '/user/profile',
      {
        operationId: 'updateProfile',
        tag: 'user',
        summary: "Change the caller's profile",
        access: { scope: 'account:write' },
        takes: { body: ProfileUpdate },
        gives: { status: 200, schema: Profile },
        errors: ['USER_NOT_FOUND'],
        examples: { body: { name: 'Ada' } },
      },
      ({ principal, body }) => bus.request('auth.updateProfile', { principal, update: body }),
    ),
    route(
      'GET',
      '/user/billing',
      {
        operationId: 'getBilling',
        tag: 'user',
        summary: 'Balances and ledger lines',
        access: { scope: 'billing:read' },
        takes: { querystring: BillingQuery },
        gives: { status: 200, schema: Billing },
        errors: ['INVALID_CURSOR'],
      },
      ({ principal, query }) => bus.request('rewards.billing', { principal, query }),
    ),
  ];
}

function apiKeyRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'GET',
      '/user/api-keys',
      {
        operationId: 'listApiKeys',
        tag: 'user',
        summary: "The caller's API keys",
        access: { scope: 'account:read' },
        gives: { status: 200, schema: Type.Object({ items: Type.Array(ApiKey) }) },
      },
      ({ principal }) => bus.request('auth.listApiKeys', { principal }),
    ),
    route(
      'POST',
      '/user/api-keys',
      {
        operationId: 'createApiKey',
        tag: 'user',
        summary: 'Make an API key',
        description: 'The key is shown in this answer only: its hash is all that is kept.',
        access: { scope: 'account:write' },
        takes: { body: ApiKeyRequest },
        gives: { status: 201, schema: ApiKeyCreated },
        errors: ['API_KEY_LIMIT'],
        examples: { body: { name: 'batch server', scopes: ['tasks:read', 'tasks:write'], expiresInDays: 90 } },
      },
      ({ principal, body }) => bus.request('auth.createApiKey', { principal, request: body }),
    ),
    route(
      'DELETE',
      '/user/api-keys/:id',
      {
        operationId: 'revokeApiKey',
        tag: 'user',
        summary: 'Revoke an API key',
        access: { scope: 'account:write' },
        takes: { params: IdParams },
        gives: { status: 200, schema: ApiKey },
        errors: ['API_KEY_NOT_FOUND'],
      },
      ({ principal, params }) => bus.request('auth.revokeApiKey', { principal, id: params.id }),
    ),
  ];
}
