import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** argon2id's cost. OWASP's minimum: 19,456 KiB, 2 iterations, parallelism 1. */
export interface PasswordCost {
  memoryKiB: number;
  iterations: number;
  parallelism: number;
}

/** Hashes and checks passwords with argon2id, in NFKC form so that a password typed on another keyboard is the same. */
export interface Passwords {
  /** PHC text with salt and cost. */
  hash(password: string): Promise<string>;
  /** Without a stored hash it does the same work and answers false. */
  verify(stored: string | undefined, password: string): Promise<boolean>;
  /** True when the hash was made with another cost than the one in force. */
  isOutdated(stored: string): boolean;
}

/** The package's enum cannot be used under isolated modules: this is its `Algorithm.Argon2id`. */
const ARGON2ID = 2;

export async function createPasswords(cost: PasswordCost): Promise<Passwords> {
  const { memoryKiB, iterations, parallelism } = cost;
  const options = { algorithm: ARGON2ID, memoryCost: memoryKiB, timeCost: iterations, parallelism };
  const current = `$argon2id$v=19$m=${memoryKiB},t=${iterations},p=${parallelism}$`;
  const hashOf = (password: string) => hash(password.normalize('NFKC'), options);
  const nobodys = await hashOf(randomBytes(32).toString('base64url'));
  return {
    hash: hashOf,
    async verify(stored, password) {
      const matches = await verify(stored ?? nobodys, password.normalize('NFKC'));
      return matches && stored !== undefined;
    },
    isOutdated: (stored) => !stored.startsWith(current),
  };
}
