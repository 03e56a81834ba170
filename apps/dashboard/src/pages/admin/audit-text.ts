import type { AuditAction, AuditEntry } from '../../api/types.ts';

/** What happened, in people's words. All of them, so that a new one cannot be forgotten here. */
export const ACTION_NAMES: Record<AuditAction, string> = {
  'user.registered': 'Signed up',
  'user.loggedIn': 'Logged in',
  'user.loginFailed': 'Failed login',
  'user.loggedOut': 'Logged out',
  'session.tokenReused': 'Refresh token reused',
  'apiKey.created': 'API key made',
  'apiKey.revoked': 'API key revoked',
  'role.granted': 'Role granted',
  'role.removed': 'Role removed',
  'node.modeChanged': 'Node mode set',
};
export const ACTIONS = Object.keys(ACTION_NAMES) as AuditAction[];

export const OUTCOME_NAMES: Record<AuditEntry['outcome'], string> = { done: 'Done', failed: 'Failed', attempted: 'Attempted' };

/** How it ended, in a sentence. */
export function outcomeText({ outcome, code }: Pick<AuditEntry, 'outcome' | 'code'>): string {
  if (outcome === 'failed') return `Failed${code ? ` with ${code}` : ''}`;
  return outcome === 'done' ? 'Done' : 'Not known, or not yet: whether it was done was not told afterwards';
}

const DETAIL_NAMES: Readonly<Record<string, string>> = {
  clientIp: 'From',
  email: 'Address given',
  because: 'Because of',
  quietUntil: 'No more entries until',
  sessionId: 'Session',
  prefix: 'Begins with',
};

export const detailName = (name: string): string => DETAIL_NAMES[name] ?? name.charAt(0).toUpperCase() + name.slice(1);

/** The one fact that tells entries of one sort apart. */
export function gist({ action, details }: Pick<AuditEntry, 'action' | 'details'>): string {
  if (action === 'user.registered') return details.roles ?? '';
  return details.role ?? details.mode ?? details.scopes ?? details.email ?? details.clientIp ?? '';
}
