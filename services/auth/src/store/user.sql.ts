/** The columns of a `User`, in its spelling. */
export const USER_COLUMNS = 'id, email, name, roles, created_at as "createdAt"';
