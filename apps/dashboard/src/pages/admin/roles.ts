import type { Role } from '../../api/types.ts';

/** All of them, so that a new one cannot be forgotten here. */
export const ROLES = Object.keys({ requester: true, operator: true, admin: true } satisfies Record<Role, true>) as Role[];
