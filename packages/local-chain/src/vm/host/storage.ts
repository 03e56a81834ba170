import { HostError } from '../host-error.ts';
import { INLINE_DISK_VALUE_THRESHOLD, LIMITS, STORAGE_NUM_EXTRA_BYTES_RECORD } from '../parameters.ts';
import type { HostState } from './host-state.ts';

/** The contract's own key-value storage. Trie nodes are not charged: this chain has no trie. */
export const STORAGE_FUNCTIONS = {
  storage_write(host: HostState, keyLength: bigint, keyPointer: bigint, length: bigint, pointer: bigint, register: bigint): bigint {
    host.gas.pay('base');
    host.forbidInView('storage_write');
    host.gas.pay('storage_write_base');
    const key = readKey(host, keyLength, keyPointer);
    const value = host.readOrRegister(length, pointer).slice();
    if (value.length > LIMITS.max_length_storage_value) {
      throw new HostError(`The length of a storage value ${value.length} exceeds the limit ${LIMITS.max_length_storage_value}`);
    }
    host.gas.pay('storage_write_key_byte', key.length);
    host.gas.pay('storage_write_value_byte', value.length);
    const old = host.external.storageSet(key, value);
    if (old === undefined) {
      host.storageUsage += key.length + value.length + STORAGE_NUM_EXTRA_BYTES_RECORD;
      return 0n;
    }
    host.gas.pay('storage_write_evicted_byte', old.length);
    host.storageUsage += value.length - old.length;
    host.setRegister(register, old);
    return 1n;
  },
  storage_read(host: HostState, keyLength: bigint, keyPointer: bigint, register: bigint): bigint {
    host.gas.pay('base');
    host.gas.pay('storage_read_base');
    const key = readKey(host, keyLength, keyPointer);
    host.gas.pay('storage_read_key_byte', key.length);
    const value = host.external.storageGet(key);
    if (value === undefined) return 0n;
    host.gas.pay('storage_read_value_byte', value.length);
    if (value.length > INLINE_DISK_VALUE_THRESHOLD) {
      host.gas.pay('storage_large_read_overhead_base');
      host.gas.pay('storage_large_read_overhead_byte', value.length);
    }
    host.setRegister(register, value);
    return 1n;
  },
  storage_remove(host: HostState, keyLength: bigint, keyPointer: bigint, register: bigint): bigint {
    host.gas.pay('base');
    host.forbidInView('storage_remove');
    host.gas.pay('storage_remove_base');
    const key = readKey(host, keyLength, keyPointer);
    host.gas.pay('storage_remove_key_byte', key.length);
    const old = host.external.storageRemove(key);
    if (old === undefined) return 0n;
    host.gas.pay('storage_remove_ret_value_byte', old.length);
    host.storageUsage -= key.length + old.length + STORAGE_NUM_EXTRA_BYTES_RECORD;
    host.setRegister(register, old);
    return 1n;
  },
  storage_has_key(host: HostState, keyLength: bigint, keyPointer: bigint): bigint {
    host.gas.pay('base');
    host.gas.pay('storage_has_key_base');
    const key = readKey(host, keyLength, keyPointer);
    host.gas.pay('storage_has_key_byte', key.length);
    return host.external.storageGet(key) === undefined ? 0n : 1n;
  },
  storage_iter_prefix: () => deprecated('storage_iter_prefix'),
  storage_iter_range: () => deprecated('storage_iter_range'),
  storage_iter_next: () => deprecated('storage_iter_next'),
};

function deprecated(name: string): never {
  throw new HostError(`Attempted to call deprecated host function ${name}`);
}

function readKey(host: HostState, length: bigint, pointer: bigint): string {
  const key = host.readOrRegister(length, pointer);
  if (key.length > LIMITS.max_length_storage_key) {
    throw new HostError(`The length of a storage key ${key.length} exceeds the limit ${LIMITS.max_length_storage_key}`);
  }
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
