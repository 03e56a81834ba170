import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contextOf, externalOf } from './vm/fixtures/wat.fixture.ts';
import { prepareContract } from './vm/prepare-contract.ts';
import { runContract } from './vm/run-contract.ts';
import type { CallOutcome, PromisedReceipt, PromiseResult } from './vm/vm.types.ts';

/** A call and what NEAR's VM made of it; see `golden/src/main.rs`. */
interface GoldenCall {
  method?: string;
  args?: string;
  current?: string;
  signer?: string;
  predecessor?: string;
  deposit?: string;
  gas?: number;
  view?: boolean;
  results?: (string | null)[];
  receivers?: string[];
  expected: {
    gasBurnt: number;
    gasUsed: number;
    logs: string[];
    balance: string;
    storageUsage: number;
    returned: 'none' | 'receipt' | { value: string };
    failure: string | null;
    state: Record<string, string>;
    actions: Record<string, Record<string, unknown>>[];
  };
}

interface GoldenSession {
  name: string;
  wasmHex?: string;
  file?: string;
  calls: GoldenCall[];
}

const FOLDER = new URL('../golden/', import.meta.url);
const VECTORS = new URL('vectors.json', FOLDER);
/** Gas may differ from NEAR's by this share. */
const TOLERANCE = 0.01;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function codeOf(session: GoldenSession): Uint8Array {
  return session.wasmHex === undefined ? readFileSync(new URL(session.file ?? '', FOLDER)) : Buffer.from(session.wasmHex, 'hex');
}

function runGolden(session: GoldenSession, code: Uint8Array, call: GoldenCall, storage: Map<string, Uint8Array>): CallOutcome {
  const outcome = runContract(
    prepareContract(`golden ${session.name}`, code),
    call.method ?? 'main',
    contextOf({
      currentAccountId: call.current ?? 'contract.near',
      signerAccountId: call.signer ?? 'signer.near',
      predecessorAccountId: call.predecessor ?? 'predecessor.near',
      refundToAccountId: call.predecessor ?? 'predecessor.near',
      input: Buffer.from(call.args ?? ''),
      attachedDeposit: BigInt(call.deposit ?? '0'),
      prepaidGas: call.gas ?? 300_000_000_000_000,
      isView: call.view ?? false,
      promiseResults: (call.results ?? []).map(
        (value): PromiseResult => (value === null ? { kind: 'failed' } : { kind: 'value', value: Buffer.from(value) }),
      ),
      outputDataReceivers: call.receivers ?? [],
    }),
    externalWithoutValidators(storage),
  );
  return outcome;
}

function externalWithoutValidators(storage: Map<string, Uint8Array>) {
  return { ...externalOf(storage), validatorStake: () => 0n, validatorTotalStake: () => 0n };
}

/** What NEAR's mock noted, as lines: one for each receipt, one for each action. */
function goldenActions(call: GoldenCall): string[] {
  const ordinals = new Map<number, number>();
  return call.expected.actions.map((entry, index) => {
    const [kind, fields] = Object.entries(entry)[0] as [string, Record<string, unknown>];
    if (kind === 'CreateReceipt' || kind === 'YieldCreate') {
      ordinals.set(index, ordinals.size);
      const after = ((fields.receipt_indices ?? []) as number[]).map((receipt) => ordinals.get(receipt));
      return `receipt to ${fields.receiver_id} after [${after}]`;
    }
    const receipt = ordinals.get(fields.receipt_index as number);
    const method =
      fields.method_name === undefined ? '' : ` ${Buffer.from(fields.method_name as number[])}(${Buffer.from(fields.args as number[])})`;
    return `${receipt}: ${ACTION_NAMES[kind] ?? kind}${method}`;
  });
}

const ACTION_NAMES: Record<string, string> = { FunctionCallWeight: 'FunctionCall', AddKeyWithFullAccess: 'AddKey' };

/** Ours in the same lines. The mock notes in the order of host calls, we by receipt: both are sorted before they are compared. */
function ourActions(receipts: readonly PromisedReceipt[]): string[] {
  return receipts.flatMap(({ receiverId, dependencies, actions }, index) => [
    `receipt to ${receiverId} after [${dependencies}]`,
    ...actions.map((action) => {
      const method = action.kind === 'FunctionCall' ? ` ${action.method}(${Buffer.from(action.args)})` : '';
      return `${index}: ${action.kind}${method}`;
    }),
  ]);
}

function expectGas(ours: number, golden: number, what: string): void {
  expect(Math.abs(ours - golden), `${what}: ${ours} against NEAR's ${golden}`).toBeLessThanOrEqual(golden * TOLERANCE);
}

describe.runIf(existsSync(VECTORS))("runs contracts as NEAR's own VM does", () => {
  const sessions = existsSync(VECTORS) ? (JSON.parse(readFileSync(VECTORS, 'utf8')) as GoldenSession[]) : [];

  it.each(sessions.map((session) => [session.name, session] as const))('%s', (_name, session) => {
    const code = codeOf(session);
    let storage = new Map<string, Uint8Array>();
    for (const [place, call] of session.calls.entries()) {
      const { expected } = call;
      const what = `call ${place}, ${call.method ?? 'main'}`;
      const attempt = new Map(storage);
      const outcome = runGolden(session, code, call, attempt);
      if (!outcome.failure) storage = attempt;
      expect(outcome.failure === undefined, `${what}: ${outcome.failure?.message} against NEAR's ${expected.failure}`).toBe(
        expected.failure === null,
      );
      if (outcome.failure?.kind === 'execution') expect(outcome.failure.message, what).toBe(expected.failure);
      expectGas(outcome.gasBurnt, expected.gasBurnt, what);
      expect(outcome.logs, what).toEqual(expected.logs);
      const state = Object.fromEntries(Array.from(storage, ([key, value]) => [hex(Buffer.from(key, 'latin1')), hex(value)]));
      expect(state, what).toEqual(expected.state);
      if (outcome.failure) continue;
      const { returned } = outcome;
      expect(returned.kind === 'value' ? { value: hex(returned.value) } : returned.kind, what).toEqual(expected.returned);
      expect({ balance: outcome.balance.toString(), storageUsage: outcome.storageUsage }, what).toEqual({
        balance: expected.balance,
        storageUsage: expected.storageUsage,
      });
      expect(ourActions(outcome.receipts).sort(), what).toEqual(goldenActions(call).sort());
    }
  });
});
