import type { Database } from '@deai/db';
import type { PageOf, Role, UserInfo, UserQuery } from '@deai/protocol';
import { toProfile } from '../domain/accounts.ts';
import type { User } from '../domain/ports.ts';
import { type Condition, listPage } from './list-page.ts';
import { USER_COLUMNS } from './user.sql.ts';

const SELECT = `select ${USER_COLUMNS}, last_login_at as "lastLoginAt" from auth.user_account`;

/** As constants, for the partial indexes: among 300,000 accounts 0.1 ms instead of 400 ms for the few administrators. */
const HAS_ROLE: Record<Role, string> = {
  requester: "'requester' = any (roles)",
  operator: "'operator' = any (roles)",
  admin: "'admin' = any (roles)",
};

/** A page of accounts, newest first. */
export function listUsers(db: Database, query: UserQuery): Promise<PageOf<UserInfo>> {
  const { search, role } = query;
  const conditions: Condition[] = [];
  if (search !== undefined) conditions.push({ sql: (n) => `(email like ${n} or lower(name) like ${n})`, value: prefixPattern(search) });
  if (role !== undefined) conditions.push(HAS_ROLE[role]);
  return listPage<User & { lastLoginAt: Date | null }, UserInfo>(db, { select: SELECT, id: 'id', conditions, query }, (row) => ({
    ...toProfile(row),
    lastLoginAt: row.lastLoginAt?.toISOString() ?? null,
  }));
}

/** A pattern of what begins with the text, in which nothing of the text is a wildcard. */
function prefixPattern(text: string): string {
  return `${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
}
