import type { AdminAct, AuditAction, AuditSubjectType, Principal, Role } from '@deai/protocol';

/** An entry about to be added to the audit log. */
export interface NewAuditEntry {
  action: AuditAction;
  /** Null when nobody knows who it was, or it was the network itself. */
  actorId: string | null;
  /** The session or API key it came by. */
  via: { type: Principal['via']; id: string } | null;
  subject: { type: AuditSubjectType; id: string } | null;
  /** Never a secret. */
  details: Record<string, string>;
}

type By = Pick<Principal, 'userId' | 'via' | 'credentialId'>;

function byPrincipal({ userId, via, credentialId }: By): Pick<NewAuditEntry, 'actorId' | 'via'> {
  return { actorId: userId, via: { type: via, id: credentialId } };
}

const fromAddress = (clientIp: string | undefined): Record<string, string> => (clientIp === undefined ? {} : { clientIp });

/** Somebody registered or logged in, which opened the session. */
export function sessionOpened(
  action: 'user.registered' | 'user.loggedIn',
  user: { id: string; roles: readonly Role[] },
  sessionId: string,
  clientIp: string | undefined,
): NewAuditEntry {
  const details = { ...fromAddress(clientIp), ...(action === 'user.registered' ? { roles: user.roles.join(' ') } : {}) };
  const by = byPrincipal({ userId: user.id, via: 'session', credentialId: sessionId });
  return { action, ...by, subject: { type: 'user', id: user.id }, details };
}

/** A wrong password, or an address that has no account: only of the latter is the address recorded itself. */
export function loginFailed(userId: string | undefined, email: string, facts: Record<string, string>): NewAuditEntry {
  const subject = userId === undefined ? null : ({ type: 'user', id: userId } as const);
  return { action: 'user.loginFailed', actorId: null, via: null, subject, details: subject ? facts : { email, ...facts } };
}

export function loggedOut(principal: By): NewAuditEntry {
  return { action: 'user.loggedOut', ...byPrincipal(principal), subject: { type: 'user', id: principal.userId }, details: {} };
}

/** A used refresh token came again, which closed the session. Who sent it is what nobody knows. */
export function tokenReused(sessionId: string, userId: string): NewAuditEntry {
  return { action: 'session.tokenReused', actorId: null, via: null, subject: { type: 'user', id: userId }, details: { sessionId } };
}

export function apiKeyChanged(
  action: 'apiKey.created' | 'apiKey.revoked',
  principal: By,
  { id, name, prefix, scopes }: { id: string; name: string; prefix: string; scopes: readonly string[] },
): NewAuditEntry {
  const details = { name, prefix, ...(action === 'apiKey.created' ? { scopes: scopes.join(' ') } : {}) };
  return { action, ...byPrincipal(principal), subject: { type: 'apiKey', id }, details };
}

/** One entry for each role that was granted or removed. */
export function rolesChanged(principal: By, userId: string, before: readonly Role[], after: readonly Role[]): NewAuditEntry[] {
  const entry = (action: 'role.granted' | 'role.removed') => (role: Role) =>
    ({ action, ...byPrincipal(principal), subject: { type: 'user', id: userId }, details: { role } }) as const;
  return [
    ...after.filter((role) => !before.includes(role)).map(entry('role.granted')),
    ...before.filter((role) => !after.includes(role)).map(entry('role.removed')),
  ];
}

/** The network itself granted a role, because its configuration says so. */
export function roleConfigured(userId: string, role: Role): NewAuditEntry {
  const details = { role, because: 'DEAI_AUTH_ADMIN_EMAIL' };
  return { action: 'role.granted', actorId: null, via: null, subject: { type: 'user', id: userId }, details };
}

export function adminActed(principal: By, { action, subject, details }: AdminAct): NewAuditEntry {
  return { action, ...byPrincipal(principal), subject, details };
}
