import { AdminAct, type AuditEntry, AuditQuery, DeaiError, type PageOf, type Principal, type UserInfo, UserQuery } from '@deai/protocol';
import { isAdmin } from '@deai/service-kit';
import { adminActed } from './audit-log.ts';
import { createCheck } from './input.ts';
import type { AuditStore, UserStore } from './ports.ts';

const checkUsers = createCheck(UserQuery);
const checkAudit = createCheck(AuditQuery);
const checkAct = createCheck(AdminAct);

export interface AdministrationDeps {
  users: UserStore;
  audit: AuditStore;
}

/** What administrators see. Each call throws DeaiError `FORBIDDEN` for everybody else, and `INVALID_INPUT`. */
export interface Administration {
  /** Accounts, newest first. @throws DeaiError `INVALID_CURSOR`. */
  users(principal: Principal, query: UserQuery): Promise<PageOf<UserInfo>>;
  /** The audit log, newest first. @throws DeaiError `INVALID_CURSOR`. */
  auditLog(principal: Principal, query: AuditQuery): Promise<PageOf<AuditEntry>>;
  /** Records what an administrator is about to do in another service. Committed when it answers. */
  recordAct(principal: Principal, act: AdminAct): Promise<void>;
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
    async recordAct(principal, act) {
      await requireAdmin(principal);
      await audit.add(adminActed(principal, checkAct(act)));
    },
  };
}
