import type { Profile, Role } from '@deai/protocol';
import type { CallOptions } from '../options.ts';
import type { Transport } from '../transport.ts';

/** For administrators. */
export interface AdminApi {
  /** Replaces a user's roles. */
  setRoles(userId: string, roles: readonly Role[], options?: CallOptions): Promise<Profile>;
}

export function createAdminApi({ call }: Transport): AdminApi {
  return {
    setRoles: (userId, roles, options) =>
      call(`/users/${encodeURIComponent(userId)}/roles`, { ...options, method: 'POST', body: { roles } }),
  };
}
