import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { verifyEd25519 } from '../../crypto/signature.ts';
import { HostError } from '../host-error.ts';
import type { HostState } from './host-state.ts';

const SECP256K1_ORDER = secp256k1.Point.Fn.ORDER;

/** Signatures: recover or verify. They answer 1 or 0; inputs of a wrong length fail the call. */
export const SIGNATURE_FUNCTIONS = {
  ecrecover(
    host: HostState,
    hashLength: bigint,
    hashPointer: bigint,
    signatureLength: bigint,
    signaturePointer: bigint,
    v: bigint,
    malleability: bigint,
    register: bigint,
  ): bigint {
    host.gas.pay('ecrecover_base');
    const signature = host.readOrRegister(signatureLength, signaturePointer).slice();
    if (signature.length !== 64) throw recoverError(`The length of the signature: ${signature.length}, exceeds the limit of 64 bytes`);
    if (v < 0n || v > 3n) throw recoverError(`V recovery byte 0 through 3 are valid but was provided ${BigInt.asUintN(64, v)}`);
    const hash = host.readOrRegister(hashLength, hashPointer);
    if (hash.length !== 32) throw recoverError(`The length of the hash: ${hash.length}, exceeds the limit of 32 bytes`);
    if (malleability !== 0n && malleability !== 1n) {
      throw recoverError(`Malleability flag needs to be 0 or 1, but is instead ${BigInt.asUintN(64, malleability)}`);
    }
    const publicKey = recover(hash, signature, Number(v), malleability === 1n);
    if (publicKey === undefined) return 0n;
    host.setRegister(register, publicKey);
    return 1n;
  },
  ed25519_verify(
    host: HostState,
    signatureLength: bigint,
    signaturePointer: bigint,
    messageLength: bigint,
    messagePointer: bigint,
    keyLength: bigint,
    keyPointer: bigint,
  ): bigint {
    host.gas.pay('ed25519_verify_base');
    const signature = host.readOrRegister(signatureLength, signaturePointer);
    if (signature.length !== 64) throw new HostError('ED25519 signature verification error: invalid signature length');
    if (((signature[63] as number) & 0b1110_0000) !== 0) return 0n;
    const message = host.readOrRegister(messageLength, messagePointer);
    host.gas.pay('ed25519_verify_byte', message.length);
    const key = host.readOrRegister(keyLength, keyPointer);
    if (key.length !== 32) throw new HostError('ED25519 signature verification error: invalid public key length');
    return verifyEd25519(key, message, signature) ? 1n : 0n;
  },
  p256_verify(
    host: HostState,
    signatureLength: bigint,
    signaturePointer: bigint,
    messageLength: bigint,
    messagePointer: bigint,
    keyLength: bigint,
    keyPointer: bigint,
  ): bigint {
    host.gas.pay('p256_verify_base');
    const signature = host.readOrRegister(signatureLength, signaturePointer);
    if (signature.length !== 64) throw new HostError('P256 signature verification error: invalid signature length');
    const message = host.readOrRegister(messageLength, messagePointer);
    host.gas.pay('p256_verify_byte', message.length);
    const key = host.readOrRegister(keyLength, keyPointer);
    if (key.length !== 33) throw new HostError('P256 signature verification error: invalid public key length');
    return succeeds(() => p256.verify(signature, message, key, { lowS: false })) ? 1n : 0n;
  },
};

function recoverError(message: string): HostError {
  return new HostError(`ECDSA recover error: ${message}`);
}

function succeeds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

/** The 64 bytes of the uncompressed key without its prefix; undefined where there is none. */
function recover(hash: Uint8Array, signature: Uint8Array, v: number, lowS: boolean): Uint8Array | undefined {
  const hex = Buffer.from(signature).toString('hex');
  const r = BigInt(`0x${hex.slice(0, 64)}`);
  const s = BigInt(`0x${hex.slice(64)}`);
  if (r === 0n || s === 0n || r >= SECP256K1_ORDER || s >= SECP256K1_ORDER) return undefined;
  if (lowS && s > SECP256K1_ORDER / 2n) return undefined;
  try {
    const point = new secp256k1.Signature(r, s, v).recoverPublicKey(hash);
    return point.toBytes(false).slice(1);
  } catch {
    return undefined;
  }
}
