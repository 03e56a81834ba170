import { DeaiError } from '@deai/protocol';

const KEY = /^[0-9a-f]{64}$/;

/** @throws DeaiError INVALID_INPUT for anything but the hex SHA-256 of an object, so that no key can name another file. */
export function assertObjectKey(key: string): void {
  if (!KEY.test(key)) throw new DeaiError('INVALID_INPUT', { hint: 'The key of an object is a SHA-256 in 64 lower-case hex digits.' });
}
