import type { AuditEntry, UserInfo } from '@deai/protocol';
import { ago } from './format.ts';
import type { Colors } from './output.ts';
import { renderTable } from './table.output.ts';

export function renderUsers(colors: Colors, users: readonly UserInfo[]): string {
  return renderTable(
    colors,
    ['id', 'e-mail', 'name', 'roles', '>registered', '>last login'],
    users.map(({ id, email, name, roles, createdAt, lastLoginAt }) => [
      id,
      plain(email),
      plain(name ?? '–'),
      roles.join(' '),
      ago(createdAt),
      ago(lastLoginAt),
    ]),
  );
}

export function renderAudit(colors: Colors, entries: readonly AuditEntry[]): string {
  return renderTable(
    colors,
    ['time', 'who', 'action', 'what', 'details'],
    entries.map((entry) => [entry.at, whoOf(entry), colored(colors, entry.action), subjectOf(entry), colors.dim(detailsOf(entry))]),
  );
}

const whoOf = ({ actor, via }: AuditEntry) => (actor ? `${plain(actor.email ?? actor.id)}${via?.type === 'api-key' ? ' (key)' : ''}` : '–');

const subjectOf = ({ subject }: AuditEntry) => (subject ? plain(subject.email ?? `${subject.type} ${subject.id}`) : '–');

function detailsOf({ details }: AuditEntry): string {
  return plain(
    Object.entries(details)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  );
}

/** What others wrote must not steer the terminal. */
const plain = (text: string) => text.replace(/\p{Cc}/gu, '\ufffd');

const ALARMING: readonly AuditEntry['action'][] = ['user.loginFailed', 'session.tokenReused'];

function colored(colors: Colors, action: AuditEntry['action']): string {
  return ALARMING.includes(action) ? colors.red(action) : action;
}
