import Type, { type Static } from 'typebox';
import { Id, Text, Timestamp } from '../wire/common.ts';
import { Nullable, OneOf, Page, PageQuery, strict } from './common.ts';

/** What administrators do in services other than auth, which tell it by `auth.recordAct`. */
export const ADMIN_ACTS = ['node.modeChanged'] as const;

/** Everything that the audit log records. */
export const AUDIT_ACTIONS = [
  'user.registered',
  'user.loggedIn',
  'user.loginFailed',
  'user.loggedOut',
  'session.tokenReused',
  'apiKey.created',
  'apiKey.revoked',
  'role.granted',
  'role.removed',
  ...ADMIN_ACTS,
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AUDIT_SUBJECTS = ['user', 'apiKey', 'node'] as const;
export type AuditSubjectType = (typeof AUDIT_SUBJECTS)[number];

/** Facts beside who, what and when; never a secret. */
const Details = Type.Record(Type.String(), Text({ maxLength: 500 }));

/** An administrator's act as the service that does it tells it. */
export const AdminAct = Type.Object(
  {
    action: OneOf(ADMIN_ACTS),
    subject: Type.Object({ type: OneOf(AUDIT_SUBJECTS), id: Id }, strict),
    details: Details,
  },
  strict,
);
export type AdminAct = Static<typeof AdminAct>;

/** One entry of the audit log: who did what to what, and when. */
export const AuditEntry = Type.Object({
  id: Id,
  at: Timestamp,
  action: OneOf(AUDIT_ACTIONS),
  actor: Nullable(
    Type.Object(
      { id: Id, email: Nullable(Type.String()) },
      { description: 'who did it; null when that is not known, as for a failed login, or it was the network itself' },
    ),
  ),
  via: Nullable(Type.Object({ type: OneOf(['session', 'api-key'] as const), id: Id }, { description: 'the login or API key it came by' })),
  subject: Nullable(
    Type.Object(
      { type: OneOf(AUDIT_SUBJECTS), id: Id, email: Nullable(Type.String({ description: 'of a user' })) },
      { description: 'what it was done to; null for a login to an address that has no account' },
    ),
  ),
  details: Details,
});
export type AuditEntry = Static<typeof AuditEntry>;
export const AuditPage = Page(AuditEntry);

const IdOrEmail = (description: string) => Type.Optional(Text({ minLength: 1, maxLength: 254, description }));

export const AuditQuery = Type.Object(
  {
    ...PageQuery,
    actor: IdOrEmail('id or e-mail address of the user who did it'),
    action: Type.Optional(OneOf(AUDIT_ACTIONS)),
    subject: IdOrEmail('id of what it was done to, or e-mail address of the user'),
    after: Type.Optional(Timestamp),
    before: Type.Optional(Timestamp),
  },
  strict,
);
export type AuditQuery = Static<typeof AuditQuery>;
