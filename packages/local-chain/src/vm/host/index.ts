import { ALT_BN128_FUNCTIONS } from './alt-bn128.ts';
import { BLS12381_FUNCTIONS } from './bls12381.ts';
import { HASH_FUNCTIONS } from './hashes.ts';
import type { HostFunction } from './host-state.ts';
import { OTHER_FUNCTIONS } from './other.ts';
import { PROMISE_ACTION_FUNCTIONS } from './promise-actions.ts';
import { PROMISE_FUNCTIONS } from './promises.ts';
import { REGISTER_AND_CONTEXT_FUNCTIONS } from './registers.ts';
import { SIGNATURE_FUNCTIONS } from './signatures.ts';
import { STORAGE_FUNCTIONS } from './storage.ts';
import { TEXT_FUNCTIONS } from './text.ts';

/** All that a contract may import from `env`, by name. */
export const HOST_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  ...REGISTER_AND_CONTEXT_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...STORAGE_FUNCTIONS,
  ...HASH_FUNCTIONS,
  ...SIGNATURE_FUNCTIONS,
  ...ALT_BN128_FUNCTIONS,
  ...BLS12381_FUNCTIONS,
  ...PROMISE_FUNCTIONS,
  ...PROMISE_ACTION_FUNCTIONS,
  ...OTHER_FUNCTIONS,
};
