import type { Lease } from '../domain/task.ts';

/**
 * Runs the commit that ends a lease. Meanwhile nothing else ends it; when the commit fails, the lease stands as before.
 * Who comes in between waits on `lease.settling`, which never rejects.
 */
export async function settle<T>(lease: Lease, commit: () => Promise<T>): Promise<T> {
  const over = Promise.withResolvers<void>();
  lease.settling = over.promise;
  try {
    return await commit();
  } catch (error) {
    lease.settling = null;
    throw error;
  } finally {
    over.resolve();
  }
}
