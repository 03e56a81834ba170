import Type, { type Static } from 'typebox';
import { Id, Text, Timestamp } from '../wire/common.ts';
import { Nullable, OneOf, Page, PageQuery, strict } from './common.ts';

export const ROLES = ['requester', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What an API key or a session may do. A session has every scope that its roles allow. */
export const SCOPES = [
  'tasks:read',
  'tasks:write',
  'nodes:read',
  'nodes:write',
  'billing:read',
  'account:read',
  'account:write',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Scopes that come with each role. */
export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  requester: ['tasks:read', 'tasks:write', 'nodes:read', 'billing:read', 'account:read', 'account:write'],
  operator: ['tasks:read', 'nodes:read', 'nodes:write', 'billing:read', 'account:read', 'account:write'],
  admin: SCOPES,
};

/** Who is asking: made by the auth service from a token or key, and passed with every command. */
export interface Principal {
  userId: string;
  roles: Role[];
  scopes: Scope[];
  /** The session or API key it came by. */
  via: 'session' | 'api-key';
  credentialId: string;
}

const Email = Type.String({ format: 'email', minLength: 3, maxLength: 254 });
const Password = Type.String({ minLength: 12, maxLength: 200 });

export const RegisterRequest = Type.Object(
  {
    email: Email,
    password: Password,
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    /** `admin` cannot be asked for. */
    roles: Type.Optional(Type.Array(OneOf(['requester', 'operator'] as const), { minItems: 1, maxItems: 2, uniqueItems: true })),
  },
  strict,
);
export type RegisterRequest = Static<typeof RegisterRequest>;

export const LoginRequest = Type.Object({ email: Email, password: Type.String({ minLength: 1, maxLength: 200 }) }, strict);
export type LoginRequest = Static<typeof LoginRequest>;

export const RefreshRequest = Type.Object({ refreshToken: Type.String({ minLength: 1, maxLength: 200 }) }, strict);

export const Profile = Type.Object({
  id: Id,
  email: Type.String(),
  name: Nullable(Type.String()),
  roles: Type.Array(OneOf(ROLES)),
  createdAt: Timestamp,
});
export type Profile = Static<typeof Profile>;

/** An account as administrators see it. */
export const UserInfo = Type.Object({
  ...Profile.properties,
  lastLoginAt: Nullable(Timestamp),
});
export type UserInfo = Static<typeof UserInfo>;
export const UserPage = Page(UserInfo);

export const UserQuery = Type.Object(
  {
    ...PageQuery,
    search: Type.Optional(
      Text({ minLength: 1, maxLength: 254, description: 'how the e-mail address or the name begins, in whatever case' }),
    ),
    role: Type.Optional(OneOf(ROLES)),
  },
  strict,
);
export type UserQuery = Static<typeof UserQuery>;

export const ProfileUpdate = Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }) }, strict);
export type ProfileUpdate = Static<typeof ProfileUpdate>;

/** A session's tokens. The refresh token works once: each refresh returns the next one. */
export const TokenResponse = Type.Object({
  accessToken: Type.String(),
  refreshToken: Type.String(),
  tokenType: Type.Literal('Bearer'),
  expiresIn: Type.Integer({ description: 'seconds' }),
  user: Profile,
});
export type TokenResponse = Static<typeof TokenResponse>;

export const ApiKeyRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    scopes: Type.Optional(Type.Array(OneOf(SCOPES), { minItems: 1, maxItems: SCOPES.length, uniqueItems: true })),
    expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_650 })),
  },
  strict,
);
export type ApiKeyRequest = Static<typeof ApiKeyRequest>;

export const ApiKey = Type.Object({
  id: Id,
  name: Type.String(),
  prefix: Type.String({ description: 'the first characters of the key, to recognise it by' }),
  scopes: Type.Array(OneOf(SCOPES)),
  createdAt: Timestamp,
  expiresAt: Nullable(Timestamp),
  lastUsedAt: Nullable(Timestamp),
  revokedAt: Nullable(Timestamp),
});
export type ApiKey = Static<typeof ApiKey>;

/** `key` is shown this once: only its hash is kept. */
export const ApiKeyCreated = Type.Object({ key: Type.String(), apiKey: ApiKey });
export type ApiKeyCreated = Static<typeof ApiKeyCreated>;
