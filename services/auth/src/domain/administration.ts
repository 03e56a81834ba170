import {
  AdminAct,
  AdminActEnd,
  type AuditChain,
  type AuditEntry,
  AuditQuery,
  type AuditRecord,
  AuditRecordQuery,
  DeaiError,
  type PageOf,
  type Principal,
  type UserInfo,
  UserQuery,
} from '@deai/protocol';
import { isAdmin } from '@deai/service-kit';
import { adminActed } from './audit-log.ts';
import { createCheck } from './input.ts';
import type { AuditStore, UserStore } from './ports.ts';

const checkUsers = createCheck(UserQuery);
const checkAudit = createCheck(AuditQuery);
const checkRecords = createCheck(AuditRecordQuery);
const checkAct = createCheck(AdminAct);
const checkEnd = createCheck(AdminActEnd);

export interface AdministrationDeps {
  users: UserStore;
  audit: AuditStore;
}

/** What administrators see. Each call but `concludeAct` throws DeaiError `FORBIDDEN` for everybody else, and `INVALID_INPUT`. */
export interface Administration {
  /** Accounts, newest first. @throws DeaiError `INVALID_CURSOR`. */
  users(principal: Principal, query: UserQuery): Promise<PageOf<UserInfo>>;
  /** The audit log, newest first. @throws DeaiError `INVALID_CURSOR`. */
  auditLog(principal: Principal, query: AuditQuery): Promise<PageOf<AuditEntry>>;
  /** Both ends of the audit log. */
  auditChain(principal: Principal): Promise<AuditChain>;
  /** Its entries as they are hashed, oldest first. @throws DeaiError `INVALID_CURSOR`. */
  auditRecords(principal: Principal, query: AuditRecordQuery): Promise<PageOf<AuditRecord>>;
  /** Records what an administrator is about to do in another service, as attempted. Committed when it answers the id of the entry. */
  recordAct(principal: Principal, act: AdminAct): Promise<string>;
  /** Records how that ended: once, and for who attempted it alone, administrator still or not. False when nothing was recorded. */
  concludeAct(principal: Principal, end: AdminActEnd): Promise<boolean>;
}

export function createAdministration({ users, audit }: AdministrationDeps): Administration {
  /** A principal may be as old as its access token: what counts is who is an administrator now. */
  async function requireAdmin(principal: Principal): Promise<void> {
    const user = isAdmin(principal) ? await users.findById(principal.userId) : undefined;
    if (!user?.roles.includes('admin')) throw new DeaiError('FORBIDDEN', { required: 'admin', hint: 'This is for administrators.' });
  }
  return {
    async users(principal, query) {
      await requireAdmin(principal);
      return await users.list(checkUsers(query));
    },
    async auditLog(principal, query) {
      await requireAdmin(principal);
      return await audit.list(checkAudit(query));
    },
    async auditChain(principal) {
      await requireAdmin(principal);
      return await audit.chain();
    },
    async auditRecords(principal, query) {
      await requireAdmin(principal);
      return await audit.records(checkRecords(query));
    },
    async recordAct(principal, act) {
      await requireAdmin(principal);
      return await audit.attempt(adminActed(principal, checkAct(act)));
    },
    concludeAct: (principal, end) => audit.conclude(principal.userId, checkEnd(end)),
  };
}
