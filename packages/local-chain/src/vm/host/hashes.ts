import { createHash } from 'node:crypto';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { keccak_256, keccak_512 } from '@noble/hashes/sha3.js';
import type { HostState } from './host-state.ts';

/** Hashes into a register. */
export const HASH_FUNCTIONS = {
  sha256(host: HostState, length: bigint, pointer: bigint, register: bigint): undefined {
    host.gas.pay('sha256_base');
    const value = host.readOrRegister(length, pointer);
    host.gas.pay('sha256_byte', value.length);
    host.setRegister(register, createHash('sha256').update(value).digest());
  },
  keccak256(host: HostState, length: bigint, pointer: bigint, register: bigint): undefined {
    host.gas.pay('keccak256_base');
    const value = host.readOrRegister(length, pointer);
    host.gas.pay('keccak256_byte', value.length);
    host.setRegister(register, keccak_256(value));
  },
  keccak512(host: HostState, length: bigint, pointer: bigint, register: bigint): undefined {
    host.gas.pay('keccak512_base');
    const value = host.readOrRegister(length, pointer);
    host.gas.pay('keccak512_byte', value.length);
    host.setRegister(register, keccak_512(value));
  },
  ripemd160(host: HostState, length: bigint, pointer: bigint, register: bigint): undefined {
    host.gas.pay('ripemd160_base');
    const value = host.readOrRegister(length, pointer);
    host.gas.pay('ripemd160_block', Math.floor((value.length + 8) / 64) + 1);
    host.setRegister(register, ripemd160(value));
  },
};
