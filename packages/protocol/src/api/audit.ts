import Type, { type Static } from 'typebox';
import { Hash } from '../receipts/receipt-document.ts';
import { Id, Text, Timestamp } from '../wire/common.ts';
import { Nullable, OneOf, Page, PageQuery, strict } from './common.ts';

/** What administrators do in services other than auth, which tell it by `auth.recordAct` before, and `auth.concludeAct` after it. */
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

/** `attempted` is an act of another service whose end was not told: whether it was done is not known, or not yet. */
const OUTCOMES = ['done', 'failed', 'attempted'] as const;
export type AuditOutcome = (typeof OUTCOMES)[number];

const Fact = Text({ maxLength: 500 });
/** Facts beside who, what and when; never a secret. */
const Details = Type.Record(Type.String(), Fact);
/** Names in ASCII have one order in every language, so that an entry has one canonical form. */
const NamedDetails = Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9]{0,63}$' }), Fact, strict);
const Code = Text({ minLength: 1, maxLength: 64, description: 'of the error, when it failed' });
const EntryNumber = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'place in the log, without gaps' });
const HashOf = (description: string) => Type.String({ ...Hash, description });
const EntryHash = HashOf('SHA-256, in hex, of the entry in canonical JSON with the hash before it');
const Via = Nullable(
  Type.Object({ type: OneOf(['session', 'api-key'] as const), id: Id }, { description: 'the login or API key it came by' }),
);

/** An administrator's act as the service that does it tells it. */
export const AdminAct = Type.Object(
  {
    action: OneOf(ADMIN_ACTS),
    subject: Type.Object({ type: OneOf(AUDIT_SUBJECTS), id: Id }, strict),
    details: NamedDetails,
  },
  strict,
);
export type AdminAct = Static<typeof AdminAct>;

/** How an act ended that was recorded before it was done. */
export const AdminActEnd = Type.Object({ entryId: Id, code: Nullable(Code) }, { ...strict, description: 'no code when it was done' });
export type AdminActEnd = Static<typeof AdminActEnd>;

/** One entry of the audit log: who did what to what, and when. */
export const AuditEntry = Type.Object({
  id: Id,
  number: EntryNumber,
  hash: EntryHash,
  at: Timestamp,
  action: OneOf(AUDIT_ACTIONS),
  actor: Nullable(
    Type.Object(
      { id: Id, email: Nullable(Type.String()) },
      { description: 'who did it; null when that is not known, as for a failed login, or it was the network itself' },
    ),
  ),
  via: Via,
  subject: Nullable(
    Type.Object(
      { type: OneOf(AUDIT_SUBJECTS), id: Id, email: Nullable(Type.String({ description: 'of a user' })) },
      { description: 'what it was done to; null for a login to an address that has no account' },
    ),
  ),
  details: Details,
  outcome: OneOf(OUTCOMES),
  code: Nullable(Code),
  concluded: Nullable(
    Type.Object(
      { number: EntryNumber, at: Timestamp },
      { description: 'the later entry that tells the outcome; null when there is none, and of what was done together with its entry' },
    ),
  ),
});
export type AuditEntry = Static<typeof AuditEntry>;
export const AuditPage = Page(AuditEntry);

/** An entry exactly as it is hashed, and its hash. */
export const AuditRecord = Type.Object({
  number: EntryNumber,
  hash: EntryHash,
  id: Id,
  at: Timestamp,
  action: OneOf(AUDIT_ACTIONS),
  actorId: Nullable(Id),
  via: Via,
  subject: Nullable(Type.Object({ type: OneOf(AUDIT_SUBJECTS), id: Id })),
  details: Details,
  outcome: OneOf(OUTCOMES),
  code: Nullable(Code),
  concludes: Nullable(Type.String({ ...Id, description: 'the entry whose outcome this one tells' })),
});
export type AuditRecord = Static<typeof AuditRecord>;
export const AuditRecordPage = Page(AuditRecord);
export const AuditRecordQuery = Type.Object(PageQuery, strict);
export type AuditRecordQuery = Static<typeof AuditRecordQuery>;

/** Both ends of the log. It is empty when `last` is one less than `first`. */
export const AuditChain = Type.Object({
  first: Type.Integer({ ...EntryNumber, description: 'the oldest number that is kept' }),
  anchor: HashOf('the hash before the first entry: of the last one that was deleted when it was old, or zeros'),
  last: Type.Integer({ ...EntryNumber, minimum: 0, description: 'the newest number' }),
  head: HashOf("the newest entry's hash"),
});
export type AuditChain = Static<typeof AuditChain>;

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
