import type {
  AdminActEnd,
  AuditChain,
  AuditEntry,
  AuditQuery,
  AuditRecord,
  AuditRecordQuery,
  PageOf,
  Role,
  Scope,
  UserInfo,
  UserQuery,
} from '@deai/protocol';
import type { NewAuditEntry } from './audit-log.ts';

/** An account as stored. */
export interface User {
  id: string;
  /** In lower case. */
  email: string;
  name: string | null;
  roles: Role[];
  createdAt: Date;
}

/** A session about to be opened, with its first refresh token. */
export interface NewSession {
  id: string;
  tokenHash: Buffer;
  expiresAt: Date;
}

/** What became of a refresh token. `reused` has closed the session. */
export type RefreshOutcome = { result: 'rotated'; sessionId: string; user: User } | { result: 'reused' | 'invalid' };

/** The audit log. What accompanies an act of this service is added by the act's own store, in its transaction. */
export interface AuditStore {
  add(entry: NewAuditEntry): Promise<void>;
  /** Adds an entry for what is about to be done elsewhere; returns its id. */
  attempt(entry: NewAuditEntry): Promise<string>;
  /** Adds the entry that tells how an attempt of this actor ended; false, and none, when there is one, or no such attempt. */
  conclude(actorId: string, end: AdminActEnd): Promise<boolean>;
  /** Newest first. @throws DeaiError `INVALID_CURSOR`. */
  list(query: AuditQuery): Promise<PageOf<AuditEntry>>;
  chain(): Promise<AuditChain>;
  /** As they are hashed, oldest first. @throws DeaiError `INVALID_CURSOR`. */
  records(query: AuditRecordQuery): Promise<PageOf<AuditRecord>>;
  /** Deletes the oldest entries, up to the first that is not of before `time`, which must be 30 days ago or more; returns how many. */
  deleteBefore(time: Date): Promise<number>;
}

export interface UserStore {
  /** Creates the account, its first session and the audit entry together; undefined when the address is taken. */
  create(user: Omit<User, 'createdAt'>, passwordHash: string, session: NewSession, entry: NewAuditEntry): Promise<User | undefined>;
  /** Newest first. @throws DeaiError `INVALID_CURSOR`. */
  list(query: UserQuery): Promise<PageOf<UserInfo>>;
  findByEmail(email: string): Promise<(User & { passwordHash: string }) | undefined>;
  findById(id: string): Promise<User | undefined>;
  /** Replaces the hash unless it changed meanwhile. */
  replacePasswordHash(id: string, from: string, to: string): Promise<void>;
  rename(id: string, name: string): Promise<User | undefined>;
  /** Gives the role to the account with this address if there is one and it lacks it. */
  grantByEmail(email: string, role: Role, entry: (userId: string) => NewAuditEntry): Promise<boolean>;
  /** Calls `decide` with both accounts locked, then stores the roles and audit entries it returns; a throw changes nothing. */
  changeRoles(actorId: string, userId: string, decide: (actor: User | undefined, user: User | undefined) => RoleChange): Promise<User>;
}

/** A user's roles from now on, and what to record of the change. */
export interface RoleChange {
  roles: Role[];
  entries: NewAuditEntry[];
}

export interface SessionStore {
  /** Opens a session after a login, with its audit entry. */
  open(userId: string, session: NewSession, entry: NewAuditEntry): Promise<void>;
  /** Uses up the token and puts the next one in its place. Of any number of concurrent calls with one token, one is `rotated`. */
  rotate(tokenHash: Buffer, next: { tokenHash: Buffer; expiresAt: Date }): Promise<RefreshOutcome>;
  /** False when it was closed before; then nothing is recorded. */
  close(sessionId: string, reason: 'logout', entry: NewAuditEntry): Promise<boolean>;
  /** Deletes expired refresh tokens, and sessions whose last token has expired; returns how many of each. */
  deleteExpired(): Promise<{ tokens: number; sessions: number }>;
}

/** An API key as stored; the key itself is not. */
export interface StoredApiKey {
  id: string;
  userId: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

export interface ApiKeyStore {
  /** Stores the key unless its user has `maxLive` that are neither revoked nor expired: then undefined. Exact under concurrency. */
  create(
    key: Omit<StoredApiKey, 'createdAt' | 'lastUsedAt' | 'revokedAt'>,
    hash: Buffer,
    maxLive: number,
    entry: NewAuditEntry,
  ): Promise<StoredApiKey | undefined>;
  /** Live keys first, newest first. */
  list(userId: string): Promise<StoredApiKey[]>;
  /** Revokes the user's key; a key revoked before keeps its time, with no second entry. Undefined when the user has no such key. */
  revoke(userId: string, id: string, entry: (key: StoredApiKey) => NewAuditEntry): Promise<StoredApiKey | undefined>;
  /** A key that is neither revoked nor expired, with its user's roles. */
  findLive(hash: Buffer): Promise<{ key: StoredApiKey; roles: Role[] } | undefined>;
  /** Moves last uses forward, never back. */
  recordUses(uses: ReadonlyMap<string, Date>): Promise<void>;
  /** Deletes keys that were revoked or expired before `before`; returns how many. */
  deleteDead(before: Date): Promise<number>;
}

/** A signing key as stored. */
export interface StoredSigningKey {
  id: string;
  publicJwk: Record<string, unknown>;
  sealedPrivateKey: Buffer;
  /** From here on until the next key's time it signs; it verifies from its creation on. */
  signsFrom: Date;
}

/** What to change about the stored signing keys. */
export interface SigningKeyChange {
  add?: StoredSigningKey;
  /** Ids. */
  drop: string[];
}

export interface SigningKeyStore {
  /** Reads the keys, oldest first, lets `decide` change them, and returns what is then stored. One caller at a time in all instances. */
  update(decide: (keys: readonly StoredSigningKey[]) => Promise<SigningKeyChange>): Promise<StoredSigningKey[]>;
}
