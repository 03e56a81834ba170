import type { AuditEntry, UserInfo } from '@deai/protocol';
import type { AuditVerdict } from '@deai/protocol/audit-chain';
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
    ['time', 'who', 'action', 'outcome', 'what', 'details'],
    entries.map((entry) => [
      entry.at,
      whoOf(entry),
      colored(colors, entry.action),
      outcomeOf(colors, entry),
      subjectOf(entry),
      colors.dim(detailsOf(entry)),
    ]),
  );
}

const whoOf = ({ actor, via }: AuditEntry) => (actor ? `${plain(actor.email ?? actor.id)}${via?.type === 'api-key' ? ' (key)' : ''}` : '–');

const subjectOf = ({ subject }: AuditEntry) => (subject ? plain(subject.email ?? `${subject.type} ${subject.id}`) : '–');

function outcomeOf(colors: Colors, { outcome, code }: AuditEntry): string {
  if (outcome === 'done') return outcome;
  return outcome === 'failed' ? colors.red(`failed ${plain(code ?? '')}`) : colors.yellow('attempted');
}

const PROBLEMS: Readonly<Record<NonNullable<AuditVerdict['problem']>['kind'], string>> = {
  missing: 'is missing',
  changed: 'is not what was recorded: it was changed, or another one before it was removed or put in',
  foreign: 'was put in: the log does not reach there',
  replaced: 'is not the one that was noted: it was changed, and the rest written anew',
};

/** Whether the log fits, the first entry that does not, and the head to note. */
export function renderAuditVerdict(colors: Colors, { valid, first, last, head, problem, noted }: AuditVerdict): string {
  const range = last < first ? 'there are no entries' : `entries ${first} to ${last} fit`;
  const lines = [`${valid ? colors.green('✔') : colors.red('✖')} ${range}`];
  if (problem) lines.push(colors.red(`✖ entry ${problem.number} ${PROBLEMS[problem.kind]}`));
  if (noted === 'same') lines.push(`${colors.green('✔')} the noted entry is still there`);
  if (noted === 'deleted') lines.push(colors.yellow('! the noted entry was deleted when it was old: it cannot be compared'));
  if (valid) lines.push(`head ${last}:${head}`, colors.dim('Note the head elsewhere, and give it to the next verification as --noted.'));
  return lines.join('\n');
}

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
