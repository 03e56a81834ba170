import { isAccountId } from '../../runtime/account-id.ts';
import type { PublicKey } from '../../runtime/action.types.ts';
import { fail } from '../host-error.ts';
import type { HostState } from './host-state.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 text, or the error of that name. */
export function decodeUtf8(bytes: Uint8Array, error: 'BadUTF8' | 'InvalidMethodName'): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return fail(error);
  }
}

/** An account id from memory or a register, paid for. */
export function readAccountId(host: HostState, length: bigint, pointer: bigint): string {
  const bytes = host.readOrRegister(length, pointer);
  host.gas.pay('utf8_decoding_base');
  host.gas.pay('utf8_decoding_byte', bytes.length);
  const text = decodeUtf8(bytes, 'BadUTF8');
  if (!isAccountId(text)) fail('InvalidAccountId');
  return text;
}

/** A public key in borsh, from memory or a register; `undefined` if it is none: the caller fails later, as NEAR does. */
export function readPublicKey(host: HostState, length: bigint, pointer: bigint): PublicKey | undefined {
  const bytes = host.readOrRegister(length, pointer);
  const valid = (bytes[0] === 0 && bytes.length === 33) || (bytes[0] === 1 && bytes.length === 65);
  return valid ? (Buffer.from(bytes).toString('latin1') as PublicKey) : undefined;
}
