import type { Database } from '@deai/db';
import type { PageOf, UserInfo, UserQuery } from '@deai/protocol';
import { toProfile } from '../domain/accounts.ts';
import type { User } from '../domain/ports.ts';
import { type Condition, listPage } from './list-page.ts';
import { USER_COLUMNS } from './user.sql.ts';

const SELECT = `select ${USER_COLUMNS}, last_login_at as "lastLoginAt" from auth.user_account`;

/** A page of accounts, newest first. */
export function listUsers(db: Database, query: UserQuery): Promise<PageOf<UserInfo>> {
  const { search, role } = query;
  const conditions: Condition[] = [];
  if (search !== undefined) conditions.push({ sql: (n) => `(email like ${n} or lower(name) like ${n})`, value: prefixPattern(search) });
  if (role !== undefined) conditions.push({ sql: (n) => `roles @> array[${n}]`, value: role });
  return listPage<User & { lastLoginAt: Date | null }, UserInfo>(db, { select: SELECT, id: 'id', conditions, query }, (row) => ({
    ...toProfile(row),
    lastLoginAt: row.lastLoginAt?.toISOString() ?? null,
  }));
}

/** A pattern of what begins with the text, in which nothing of the text is a wildcard. */
function prefixPattern(text: string): string {
  return `${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
}
