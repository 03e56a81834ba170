import type { ContractInstance } from '../contract-instance.ts';
import { GasCounter } from '../gas-counter.ts';
import { fail, HostError } from '../host-error.ts';
import { LIMITS } from '../parameters.ts';
import type { CallContext, CallExternal, CallOutcome, PromisedReceipt } from '../vm.types.ts';

/** `u64::MAX`, as an `i64` arrives: in place of a length it says that the pointer is a register. */
const IN_REGISTER = -1n;

/** Everything that host functions work on during one call. */
export class HostState {
  readonly context: CallContext;
  readonly external: CallExternal;
  readonly gas: GasCounter;
  readonly logs: string[] = [];
  logBytes = 0;
  balance: bigint;
  storageUsage: number;
  returned: CallOutcome['returned'] = { kind: 'none' };
  readonly receipts: PromisedReceipt[] = [];
  /** By promise index: the receipts it stands for; several after `promise_and`. */
  readonly promises: { readonly joint: boolean; readonly receipts: readonly number[] }[] = [];
  private readonly instance: ContractInstance;
  private readonly registers = new Map<bigint, Uint8Array>();
  private registerBytes = 0;

  constructor(context: CallContext, external: CallExternal, instance: ContractInstance) {
    this.context = context;
    this.external = external;
    this.instance = instance;
    const prepaid = context.isView ? Number.POSITIVE_INFINITY : context.prepaidGas;
    this.gas = new GasCounter(prepaid, context.isView ? LIMITS.max_gas_burnt_view : LIMITS.max_gas_burnt);
    this.balance = context.accountBalance + context.attachedDeposit;
    this.storageUsage = context.storageUsage;
  }

  /** @throws HostError in views */
  forbidInView(method: string): void {
    if (this.context.isView) throw new HostError(`${method} is not allowed in view calls`);
  }

  deduct(amount: bigint): void {
    if (amount > this.balance) fail('BalanceExceeded');
    this.balance -= amount;
  }

  /** A view of guest memory without a fee; it must not outlive the host call. */
  peek(pointer: bigint | number, length: number): Uint8Array {
    const start = typeof pointer === 'number' ? pointer : unsigned(pointer);
    return this.instance.view(start, length) ?? fail('MemoryAccessViolation');
  }

  /** A view of guest memory, paid for. */
  read(pointer: bigint | number, length: number): Uint8Array {
    this.gas.pay('read_memory_base');
    this.gas.pay('read_memory_byte', length);
    return this.peek(pointer, length);
  }

  /** Guest memory, or the register `pointer` if the length says so. A view. */
  readOrRegister(length: bigint, pointer: bigint): Uint8Array {
    return length === IN_REGISTER ? this.register(pointer) : this.read(pointer, unsigned(length));
  }

  readU128(pointer: bigint): bigint {
    const bytes = this.read(pointer, 16);
    const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
    return view.getBigUint64(0, true) | (view.getBigUint64(8, true) << 64n);
  }

  write(pointer: bigint, data: Uint8Array): void {
    this.gas.pay('write_memory_base');
    this.gas.pay('write_memory_byte', data.length);
    const target = this.instance.writable(unsigned(pointer), data.length) ?? fail('MemoryAccessViolation');
    target.set(data);
  }

  writeU128(pointer: bigint, value: bigint): void {
    const view = new DataView(new ArrayBuffer(16));
    view.setBigUint64(0, value & 0xffffffffffffffffn, true);
    view.setBigUint64(8, value >> 64n, true);
    this.write(pointer, new Uint8Array(view.buffer));
  }

  /** Length of a register; undefined if unset. Free. */
  registerLength(id: bigint): number | undefined {
    return this.registers.get(id)?.length;
  }

  register(id: bigint): Uint8Array {
    const data = this.registers.get(id);
    if (data === undefined) throw new HostError(`Accessed invalid register id: ${BigInt.asUintN(64, id)}`);
    this.gas.pay('read_register_base');
    this.gas.pay('read_register_byte', data.length);
    return data;
  }

  /** Takes over `data`: the caller must not change it later. */
  setRegister(id: bigint, data: Uint8Array): void {
    this.gas.pay('write_register_base');
    this.gas.pay('write_register_byte', data.length);
    this.setRegisterUncharged(id, data);
  }

  /** As `setRegister` for data that was paid for when it was sent. */
  setRegisterShared(id: bigint, data: Uint8Array): void {
    this.gas.pay('write_register_base');
    this.setRegisterUncharged(id, data);
  }

  private setRegisterUncharged(id: bigint, data: Uint8Array): void {
    if (data.length > LIMITS.max_register_size) fail('MemoryAccessViolation');
    // As on NEAR: at the limit a register cannot be replaced either.
    if (this.registers.size >= LIMITS.max_number_registers) fail('MemoryAccessViolation');
    const old = this.registers.get(id);
    const bytes = this.registerBytes - (old === undefined ? 0 : old.length + 8) + data.length + 8;
    if (bytes > LIMITS.registers_memory_limit) fail('MemoryAccessViolation');
    this.registerBytes = bytes;
    this.registers.set(id, data);
  }
}

/** An `i64` that means a `u64`, as a number; above 2^53 no longer exact, which is beyond all limits anyway. */
export function unsigned(value: bigint): number {
  return Number(value < 0n ? BigInt.asUintN(64, value) : value);
}

/** A host function: arguments as WebAssembly passes them. */
export type HostFunction = (host: HostState, ...args: never[]) => bigint | number | undefined;
