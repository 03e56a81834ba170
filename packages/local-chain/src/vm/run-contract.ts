import type { FunctionCallAction } from '../runtime/action.types.ts';
import { ContractInstance } from './contract-instance.ts';
import { type HostFunction, HostState } from './host/host-state.ts';
import { HOST_FUNCTIONS } from './host/index.ts';
import { missingFunction } from './host/other.ts';
import { HOST_ERRORS, HostError } from './host-error.ts';
import type { PreparedContract } from './prepare-contract.ts';
import type { CallContext, CallExternal, CallFailure, CallOutcome } from './vm.types.ts';

/** The call under way: host functions are bound once for the process, and calls never nest. */
let current: HostState | undefined;

const ENV: Record<string, unknown> = Object.fromEntries(Object.entries(HOST_FUNCTIONS).map(([name, run]) => [name, bind(run)]));

function bind(run: HostFunction) {
  return (...args: never[]) => {
    const host = current as HostState;
    host.gas.enter();
    const result = run(host, ...args);
    host.gas.leave();
    return result;
  };
}

function environmentOf(contract: ReadyContract): Record<string, unknown> {
  if (contract.unknownImports.length === 0) return ENV;
  return { ...ENV, ...Object.fromEntries(contract.unknownImports.map((name) => [name, bind(missingFunction(name))])) };
}

type ReadyContract = Extract<PreparedContract, { kind: 'ready' }>;

/** Instances kept for the next call, by contract; each reserves NEAR's largest memory, of which little is ever touched. */
const instances = new Map<ReadyContract, ContractInstance>();
const MAX_INSTANCES = 16;

function acquire(contract: ReadyContract): ContractInstance {
  const kept = instances.get(contract);
  instances.delete(contract);
  return kept ?? new ContractInstance(contract.module, environmentOf(contract), contract.dataEnd);
}

function release(contract: ReadyContract, instance: ContractInstance): void {
  if (!contract.reusable) return;
  instance.reset();
  if (instances.size >= MAX_INSTANCES) instances.delete(instances.keys().next().value as ReadyContract);
  instances.set(contract, instance);
}

/**
 * Runs one method of a contract to its end. Storage writes go to `external` as they happen: the caller undoes them if the outcome has a
 * failure.
 */
export function runContract(contract: PreparedContract, method: string, context: CallContext, external: CallExternal): CallOutcome {
  const unresolved = resolve(contract, method);
  if (unresolved !== undefined || contract.kind === 'invalid') {
    return nothing(context, unresolved ?? { kind: 'method', message: 'MethodNotFound' });
  }
  let instance: ContractInstance;
  try {
    instance = acquire(contract);
  } catch (error) {
    return nothing(context, { kind: 'execution', message: `Link Error: ${(error as Error).message}` });
  }
  const host = new HostState(context, external, instance);
  let failure: CallFailure | undefined;
  try {
    host.gas.pay('contract_loading_bytes', contract.codeBytes);
    host.gas.pay('contract_loading_base');
    current = host;
    host.gas.attach(instance.ops);
    instance.run(method);
    host.gas.enter();
  } catch (error) {
    failure = { kind: 'execution', message: explain(error, host, instance) };
  } finally {
    current = undefined;
    release(contract, instance);
  }
  if (failure) return outcome(host, host.gas.used, failure);
  return outcome(host, shareUnusedGas(host) ? context.prepaidGas : host.gas.used);
}

function resolve(contract: PreparedContract, method: string): CallFailure | undefined {
  if (method === '') return { kind: 'method', message: 'MethodEmptyName' };
  if (contract.kind === 'invalid') return { kind: 'compilation', message: contract.message };
  if (contract.otherExports.has(method)) return { kind: 'method', message: 'MethodInvalidSignature' };
  if (!contract.methods.has(method)) return { kind: 'method', message: 'MethodNotFound' };
  return undefined;
}

/** No gas is burnt by what could not start. */
function nothing(context: CallContext, failure: CallFailure): CallOutcome {
  const { accountBalance: balance, storageUsage } = context;
  return { gasBurnt: 0, gasUsed: 0, logs: [], balance, storageUsage, returned: { kind: 'none' }, receipts: [], failure };
}

function outcome(host: HostState, gasUsed: number, failure?: CallFailure): CallOutcome {
  const { logs, balance, storageUsage, returned, receipts } = host;
  const result = { gasBurnt: host.gas.burnt, gasUsed, logs, balance, storageUsage, returned, receipts };
  return failure ? { ...result, failure } : result;
}

/** nearcore's text for whatever ended the run. Rethrows what is the chain's own fault. */
function explain(error: unknown, host: HostState, instance: ContractInstance): string {
  if (error instanceof HostError) return error.message;
  try {
    host.gas.enter();
  } catch (gasError) {
    return (gasError as HostError).message;
  }
  if (instance.stackExhausted || error instanceof RangeError) return HOST_ERRORS.MemoryAccessViolation;
  if (error instanceof WebAssembly.RuntimeError) return `WebAssembly trap: ${trapText(error.message)}`;
  // The engine could not pass a value: the contract declares an import with another signature.
  if (error instanceof TypeError && /BigInt/.test(error.message)) return `Link Error: ${error.message}`;
  throw error;
}

const TRAPS: readonly (readonly [RegExp, string])[] = [
  [/unreachable/, 'An `unreachable` opcode was executed.'],
  [/divide by zero|remainder by zero|divide result|overflow|unrepresentable/, 'An arithmetic exception, e.g. divided by zero.'],
  [/memory access out of bounds/, 'Memory out of bounds trap.'],
  [/table index is out of bounds|table access out of bounds|table index out of bounds/, 'Call indirect out of bounds trap.'],
  [/null function|signature mismatch/, 'Call indirect incorrect signature trap.'],
];

function trapText(message: string): string {
  return TRAPS.find(([pattern]) => pattern.test(message))?.[1] ?? `Generic trap: ${message}`;
}

/** Shares the gas that is left among the calls with a weight; the last one gets what does not divide. Returns whether there were any. */
function shareUnusedGas(host: HostState): boolean {
  const weighted = host.receipts
    .flatMap((receipt) => receipt.actions)
    .filter((action): action is FunctionCallAction => action.kind === 'FunctionCall' && action.gasWeight > 0n);
  const last = weighted.at(-1);
  if (last === undefined) return false;
  const unused = BigInt(host.gas.unused);
  const total = weighted.reduce((sum, action) => sum + action.gasWeight, 0n);
  let shared = 0n;
  for (const action of weighted) {
    const share = (unused / total) * action.gasWeight;
    action.gas += Number(share);
    shared += share;
  }
  last.gas += Number(unused - shared);
  return true;
}
