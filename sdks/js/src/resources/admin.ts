import type {
  AuditChain,
  AuditEntry,
  AuditQuery,
  AuditRecord,
  AuditRecordQuery,
  PageOf,
  Profile,
  Role,
  UserInfo,
  UserQuery,
} from '@deai/protocol';
import type { AuditMark, AuditVerdict } from '@deai/protocol/audit-chain';
import { verifyLiveAuditLog } from '../audit-log.ts';
import { createListing, type Listing } from '../listing.ts';
import type { CallOptions } from '../options.ts';
import type { Transport } from '../transport.ts';

/** Records of a page when all are read. */
const RECORDS_PAGE = 500;

/** For administrators. */
export interface AdminApi {
  /** Users, by how their address or name begins, and by role. */
  users(query?: UserQuery, options?: CallOptions): Listing<UserInfo>;
  /** Replaces a user's roles. */
  setRoles(userId: string, roles: readonly Role[], options?: CallOptions): Promise<Profile>;
  /** The audit log: who did what to what, and when. Actor and subject by id, or by the e-mail address of a user. */
  audit(query?: AuditQuery, options?: CallOptions): Listing<AuditEntry>;
  /** Both ends of the audit log. */
  auditChain(options?: CallOptions): Promise<AuditChain>;
  /** Its entries exactly as they are hashed, oldest first: what `verifyAuditLog` takes. */
  auditRecords(query?: AuditRecordQuery, options?: CallOptions): Listing<AuditRecord>;
  /** Reads the whole log and recomputes its hashes here. @param noted an entry's number and hash from before, to find what was cut off or written anew */
  verifyAudit(noted?: AuditMark, options?: CallOptions): Promise<AuditVerdict>;
}

export function createAdminApi({ call }: Transport): AdminApi {
  const auditChain: AdminApi['auditChain'] = (options) => call('/audit/chain', { ...options });
  const auditRecords: AdminApi['auditRecords'] = (query = {}, options = {}) =>
    createListing(query, options, (query, options) => call<PageOf<AuditRecord>>('/audit/chain/entries', { ...options, query }));
  return {
    users: (query = {}, options = {}) =>
      createListing(query, options, (query, options) => call<PageOf<UserInfo>>('/users', { ...options, query })),
    setRoles: (userId, roles, options) =>
      call(`/users/${encodeURIComponent(userId)}/roles`, { ...options, method: 'POST', body: { roles } }),
    audit: (query = {}, options = {}) =>
      createListing(query, options, (query, options) => call<PageOf<AuditEntry>>('/audit', { ...options, query })),
    auditChain,
    auditRecords,
    verifyAudit: (noted, options) =>
      verifyLiveAuditLog({ chain: () => auditChain(options), pages: () => auditRecords({ limit: RECORDS_PAGE }, options).pages() }, noted),
  };
}
