import type { AuditEntry, AuditQuery, PageOf, Profile, Role, UserInfo, UserQuery } from '@deai/protocol';
import { createListing, type Listing } from '../listing.ts';
import type { CallOptions } from '../options.ts';
import type { Transport } from '../transport.ts';

/** For administrators. */
export interface AdminApi {
  /** Users, by how their address or name begins, and by role. */
  users(query?: UserQuery, options?: CallOptions): Listing<UserInfo>;
  /** Replaces a user's roles. */
  setRoles(userId: string, roles: readonly Role[], options?: CallOptions): Promise<Profile>;
  /** The audit log: who did what to what, and when. Actor and subject by id, or by the e-mail address of a user. */
  audit(query?: AuditQuery, options?: CallOptions): Listing<AuditEntry>;
}

export function createAdminApi({ call }: Transport): AdminApi {
  return {
    users: (query = {}, options = {}) =>
      createListing(query, options, (query, options) => call<PageOf<UserInfo>>('/users', { ...options, query })),
    setRoles: (userId, roles, options) =>
      call(`/users/${encodeURIComponent(userId)}/roles`, { ...options, method: 'POST', body: { roles } }),
    audit: (query = {}, options = {}) =>
      createListing(query, options, (query, options) => call<PageOf<AuditEntry>>('/audit', { ...options, query })),
  };
}
