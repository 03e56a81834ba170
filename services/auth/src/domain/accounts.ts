import type { Bus } from '@deai/bus';
import {
  DeaiError,
  isUuid,
  newId,
  type Principal,
  type Profile,
  ProfileUpdate,
  RegisterRequest,
  ROLES,
  type Role,
  type TokenResponse,
} from '@deai/protocol';
import { isAdmin, requireScope } from '@deai/service-kit';
import Type from 'typebox';
import { rolesChanged, sessionOpened } from './audit-log.ts';
import { createCheck, normaliseEmail, requirePlainText } from './input.ts';
import type { Passwords } from './passwords.ts';
import type { User, UserStore } from './ports.ts';
import type { TokenIssuer } from './token-issuer.ts';

const checkRegistration = createCheck(RegisterRequest);
const checkUpdate = createCheck(ProfileUpdate);
const checkRoles = createCheck(Type.Array(Type.String({ enum: [...ROLES] }), { minItems: 1, maxItems: ROLES.length, uniqueItems: true }));

export interface AccountsDeps {
  users: UserStore;
  passwords: Passwords;
  issuer: TokenIssuer;
  bus: Pick<Bus, 'publish'>;
  /** In lower case. */
  adminEmail: string | undefined;
}

/** Accounts and their roles. */
export interface Accounts {
  /** Opens an account and its first session. @throws DeaiError `INVALID_INPUT`, `EMAIL_TAKEN`. */
  register(request: RegisterRequest, clientIp: string | undefined): Promise<TokenResponse>;
  /** @throws DeaiError `FORBIDDEN`, `USER_NOT_FOUND`. */
  getProfile(principal: Principal): Promise<Profile>;
  /** @throws DeaiError `FORBIDDEN`, `INVALID_INPUT`, `USER_NOT_FOUND`. */
  updateProfile(principal: Principal, update: ProfileUpdate): Promise<Profile>;
  /**
   * Replaces a user's roles. Administrators cannot take the role from themselves, so one always remains.
   * @throws DeaiError `FORBIDDEN`, `INVALID_INPUT`, `USER_NOT_FOUND`.
   */
  setRoles(principal: Principal, userId: string, roles: Role[]): Promise<Profile>;
}

/** What of an account its owner sees. */
export function toProfile({ id, email, name, roles, createdAt }: User): Profile {
  return { id, email, name, roles, createdAt: createdAt.toISOString() };
}

export function createAccounts({ users, passwords, issuer, bus, adminEmail }: AccountsDeps): Accounts {
  async function register(request: RegisterRequest, clientIp: string | undefined): Promise<TokenResponse> {
    const { email: given, password, name, roles = ['requester'] } = checkRegistration(request);
    if (name !== undefined) requirePlainText(name, '/name');
    const email = normaliseEmail(given);
    const granted: Role[] = email === adminEmail ? [...roles, 'admin'] : [...roles];
    const opening = issuer.newSession();
    const passwordHash = await passwords.hash(password);
    const account = { id: newId(), email, name: name ?? null, roles: inOrder(granted) };
    const entry = sessionOpened('user.registered', account, opening.session.id, clientIp);
    const user = await users.create(account, passwordHash, opening.session, entry);
    if (!user) throw new DeaiError('EMAIL_TAKEN');
    bus.publish('auth.userRegistered', { userId: user.id });
    return await issuer.respond(user, opening.session.id, opening.refreshToken);
  }

  return {
    register,
    async getProfile(principal) {
      requireScope(principal, 'account:read');
      return toProfile(found(await users.findById(principal.userId)));
    },
    async updateProfile(principal, update) {
      requireScope(principal, 'account:write');
      const name = requirePlainText(checkUpdate(update).name, '/name');
      return toProfile(found(await users.rename(principal.userId, name)));
    },
    async setRoles(principal, userId, roles) {
      if (!isAdmin(principal)) throw new DeaiError('FORBIDDEN', { required: 'admin', hint: 'Only administrators set roles.' });
      checkRoles(roles);
      if (!isUuid(userId)) throw new DeaiError('USER_NOT_FOUND');
      const changed = await users.changeRoles(principal.userId, userId, (actor, user) => {
        // The principal may be as old as its access token: what counts is who is an administrator now.
        if (!actor?.roles.includes('admin'))
          throw new DeaiError('FORBIDDEN', { required: 'admin', hint: 'Only administrators set roles.' });
        const { roles: before } = found(user);
        if (actor.id === userId && !roles.includes('admin')) {
          throw new DeaiError('FORBIDDEN', { hint: 'Another administrator has to take this role from you.' });
        }
        const after = inOrder(roles);
        return { roles: after, entries: rolesChanged(principal, userId, before, after) };
      });
      return toProfile(changed);
    },
  };
}

function found(user: User | undefined): User {
  if (!user) throw new DeaiError('USER_NOT_FOUND');
  return user;
}

function inOrder(roles: readonly Role[]): Role[] {
  return ROLES.filter((role) => roles.includes(role));
}
