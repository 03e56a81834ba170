import { STORAGE_AMOUNT_PER_BYTE, ZERO_BALANCE_ACCOUNT_STORAGE_LIMIT } from '../vm/parameters.ts';
import type { Account } from './state.ts';

/** Yocto that an account lacks to pay for its storage; 0n if it has enough. */
export function missingStorageStake({ amount, locked, storageUsage }: Account): bigint {
  if (storageUsage <= ZERO_BALANCE_ACCOUNT_STORAGE_LIMIT) return 0n;
  const missing = STORAGE_AMOUNT_PER_BYTE * BigInt(storageUsage) - amount - locked;
  return missing > 0n ? missing : 0n;
}
