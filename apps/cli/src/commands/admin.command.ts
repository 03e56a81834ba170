import type { AuditAction, AuditQuery, Role, UserQuery } from '@deai/protocol';
import type { AuditMark } from '@deai/protocol/audit-chain';
import { Argument, type Command, Option } from 'commander';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { examples } from '../help.ts';
import { auditMark, moment, wholeNumber } from '../input/arguments.ts';
import { renderAudit, renderAuditVerdict, renderUsers } from '../output/admin.output.ts';
import { noteMore, pageOf } from '../output/page.output.ts';

/** Every role and action, checked by the compiler. The protocol's own lists come with all its schemas, which every command would load. */
const ROLES = Object.keys({ requester: true, operator: true, admin: true } satisfies Record<Role, true>) as Role[];
const ACTIONS = Object.keys({
  'user.registered': true,
  'user.loggedIn': true,
  'user.loginFailed': true,
  'user.loggedOut': true,
  'session.tokenReused': true,
  'apiKey.created': true,
  'apiKey.revoked': true,
  'role.granted': true,
  'role.removed': true,
  'node.modeChanged': true,
} satisfies Record<AuditAction, true>) as AuditAction[];

/** What a verification of the whole log has no use for. */
const FILTERS = ['actor', 'action', 'subject', 'since', 'until', 'cursor', 'all'];

interface PageFlags {
  limit: number;
  cursor?: string;
  all?: true;
}
interface UserFlags extends PageFlags {
  search?: string;
  role?: Role;
}
interface AuditFlags extends PageFlags {
  actor?: string;
  action?: AuditAction;
  subject?: string;
  since?: string;
  until?: string;
  verify?: true;
  noted?: AuditMark;
}

/** `admin users`, `admin roles`, `admin audit`. */
export function addAdminCommand(program: Command, cli: Cli): void {
  const command = program.command('admin').description('for administrators: users, their roles, and who did what');
  const users = paged(command.command('users').description('users, newest first'))
    .option('--search <text>', 'only those whose e-mail address or name begins like this')
    .addOption(new Option('--role <role>', 'only those who have it').choices(ROLES))
    .action((flags: UserFlags) => listUsers(cli, flags));
  examples(users, [['deai admin users --search ada'], ['deai admin users --role admin --all --json | jq .items[].email']]);
  const roles = command
    .command('roles')
    .description('give a user these roles, and no other')
    .argument('<user>', 'id of the user')
    .addArgument(new Argument('<roles...>', 'roles from now on').choices(ROLES))
    .action((user: string, given: Role[]) => setRoles(cli, user, given));
  examples(roles, [['deai admin roles 01890a5d-ac96-774b-bcce-b302099a8057 requester operator']]);
  const audit = paged(command.command('audit').description('the audit log, newest first: who did what to what, and when'))
    .option('--actor <user>', 'only what this user did: id or e-mail address')
    .addOption(new Option('--action <action>', 'only this').choices(ACTIONS))
    .option('--subject <id>', 'only what was done to this user (also by e-mail address), key or node')
    .option('--since <time>', 'from then on: a time, or a duration back such as 2h', moment)
    .option('--until <time>', 'before then', moment)
    .addOption(
      new Option('--verify', 'read the whole log and recompute its hashes here: was anything changed, removed or put in?').conflicts(
        FILTERS,
      ),
    )
    .addOption(
      new Option('--noted <number:hash>', 'with --verify: the head of an earlier verification, which must still be there').argParser(
        auditMark,
      ),
    )
    .action((flags: AuditFlags) => (flags.verify || flags.noted ? verifyAudit(cli, flags.noted) : listAudit(cli, flags)));
  examples(audit, [
    ['deai admin audit --action user.loginFailed --since 24h'],
    ['deai admin audit --actor ada@example.org --all --json'],
    ['deai admin audit --verify', 'recompute the hashes of the whole log'],
    [`deai admin audit --verify --noted 1042:${'9f86d081'.repeat(8)}`],
  ]);
}

function paged(command: Command): Command {
  return command
    .option('--limit <n>', 'rows of a page', wholeNumber(1, 1_000), 20)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--all', 'all pages');
}

async function listUsers(cli: Cli, { all, ...query }: UserFlags): Promise<void> {
  const listing = (await cli.client()).admin.users(query satisfies UserQuery, { signal: cli.signal });
  const page = await pageOf(listing, all);
  cli.output.result(page, (c) => (page.items.length > 0 ? renderUsers(c, page.items) : 'No users match.'));
  noteMore(cli.output, page.nextCursor);
}

async function setRoles(cli: Cli, userId: string, given: readonly Role[]): Promise<void> {
  const profile = await (await cli.client()).admin.setRoles(userId, [...new Set(given)], { signal: cli.signal });
  cli.output.result(profile, (c) => `${c.green('✔')} ${profile.email} is ${profile.roles.join(', ')}`);
}

async function listAudit(cli: Cli, { all, since, until, verify: _verify, noted: _noted, ...rest }: AuditFlags): Promise<void> {
  const query: AuditQuery = { ...rest, ...(since ? { after: since } : {}), ...(until ? { before: until } : {}) };
  const page = await pageOf((await cli.client()).admin.audit(query, { signal: cli.signal }), all);
  cli.output.result(page, (c) => (page.items.length > 0 ? renderAudit(c, page.items) : 'No entries match.'));
  noteMore(cli.output, page.nextCursor);
}

async function verifyAudit(cli: Cli, noted: AuditMark | undefined): Promise<void> {
  const verdict = await (await cli.client()).admin.verifyAudit(noted, { signal: cli.signal });
  cli.output.result(verdict, (c) => renderAuditVerdict(c, verdict));
  if (!verdict.valid) process.exitCode = EXIT.failed;
}
