import { LoginRequest, RefreshRequest, RegisterRequest, TokenResponse } from '@deai/protocol';
import Type from 'typebox';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';

const PUBLIC = { tag: 'auth', access: { public: true }, limit: 'auth' } as const;
const CREDENTIALS = { email: 'ada@example.org', password: 'correct horse battery staple' };

/** `auth/*`: accounts and sessions. */
export function authRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'POST',
      '/auth/register',
      {
        ...PUBLIC,
        operationId: 'register',
        summary: 'Open an account and a session',
        takes: { body: RegisterRequest },
        gives: { status: 201, schema: TokenResponse },
        errors: ['EMAIL_TAKEN'],
        examples: { body: { ...CREDENTIALS, name: 'Ada', roles: ['requester', 'operator'] } },
      },
      ({ body, ip }) => bus.request('auth.register', { ...body, clientIp: ip }),
    ),
    route(
      'POST',
      '/auth/login',
      {
        ...PUBLIC,
        operationId: 'login',
        summary: 'Open a session',
        takes: { body: LoginRequest },
        gives: { status: 200, schema: TokenResponse },
        errors: ['INVALID_CREDENTIALS'],
        examples: { body: CREDENTIALS },
      },
      ({ body, ip }) => bus.request('auth.login', { ...body, clientIp: ip }),
    ),
    route(
      'POST',
      '/auth/refresh',
      {
        ...PUBLIC,
        operationId: 'refresh',
        summary: 'Exchange the refresh token for new tokens',
        description: 'A refresh token works once. Using it again closes the whole session, for then somebody else has it too.',
        takes: { body: RefreshRequest },
        gives: { status: 200, schema: TokenResponse },
        errors: ['REFRESH_TOKEN_INVALID', 'REFRESH_TOKEN_REUSED'],
      },
      ({ body }) => bus.request('auth.refresh', body),
    ),
    route(
      'POST',
      '/auth/logout',
      {
        tag: 'auth',
        access: { scope: 'account:write' },
        operationId: 'logout',
        summary: "Close the caller's session",
        gives: { status: 200, schema: Type.Object({ closed: Type.Boolean() }) },
      },
      ({ principal }) => bus.request('auth.logout', { principal }),
    ),
  ];
}
