import { canonicalJson, DeaiError, kindSpec, priceOf, type SignedResult } from '@deai/protocol';
import { validatorsOf } from './intake.ts';
import type { Lease, LiveTask } from './task.ts';

/** A result that may be paid: its output, the units it is charged for, and who gets what. */
export interface Verdict {
  output: string;
  units: number;
  rewardYocto: bigint;
  feeYocto: bigint;
}

/** A clock that is a little off, or a timer that fired late, is no lie. */
const CLOCK_TOLERANCE_MS = 250;

/**
 * Judges a result by what the lease allows: canonical JSON of the kind's schema, as many items as were asked for,
 * and no more units than quoted, or than time has passed.
 * @throws DeaiError `RESULT_INVALID` with the problem.
 */
export function judge(lease: Lease, input: unknown, result: SignedResult, nowMs: number): Verdict {
  const { task } = lease;
  const output = result.output ?? '';
  checkOutput(task, input, output);
  const units = kindSpec(task.kind).fixedUnits ? task.unitsQuoted : result.units;
  checkUnits(lease, units, nowMs);
  return { output, units, ...charge(task, units) };
}

/** What a failed attempt costs: only the requester's own faults cost, and only the metered units that were used. */
export function judgeFailure(lease: Lease, result: SignedResult, nowMs: number): Omit<Verdict, 'output'> {
  const { task } = lease;
  const metered = result.failure?.cause === 'requester' && !kindSpec(task.kind).fixedUnits;
  const possible = (nowMs - lease.assignedAtMs + CLOCK_TOLERANCE_MS) / 1000;
  const bound = kindSpec(task.kind).unit === 'second' ? Math.min(task.unitsQuoted, possible) : task.unitsQuoted;
  const units = metered ? Math.min(result.units, bound) : 0;
  return { units, ...charge(task, units) };
}

function charge(task: LiveTask, units: number): { rewardYocto: bigint; feeYocto: bigint } {
  const { rewardYocto, feeYocto } = priceOf(units, task.unitYocto, task.feeBps);
  return { rewardYocto, feeYocto };
}

function refuse(problem: string): never {
  throw new DeaiError('RESULT_INVALID', { problem });
}

function checkOutput(task: LiveTask, input: unknown, text: string): void {
  let output: unknown;
  try {
    output = JSON.parse(text);
  } catch {
    refuse('the output is not JSON');
  }
  const validator = validatorsOf(task.kind).output;
  if (!validator.Check(output)) {
    const [first] = validator.Errors(output);
    refuse(`output${first?.instancePath ?? ''} ${first?.message ?? 'does not match its schema'}`);
  }
  if (canonicalJson(output) !== text) refuse('the output is not canonical JSON');
  const asked = itemsOf(input, 'texts');
  const given = itemsOf(output, 'vectors') ?? itemsOf(output, 'results');
  if (asked !== undefined && given !== undefined && asked !== given) refuse(`${given} items for ${asked} texts`);
}

/** How many items a list field has, when there is such a field. */
function itemsOf(value: unknown, field: string): number | undefined {
  const list = (value as Record<string, unknown> | undefined)?.[field];
  return Array.isArray(list) ? list.length : undefined;
}

function checkUnits(lease: Lease, units: number, nowMs: number): void {
  const { task } = lease;
  if (units > task.unitsQuoted) refuse(`${units} units where at most ${task.unitsQuoted} were quoted`);
  if (kindSpec(task.kind).unit === 'second' && units * 1000 > nowMs - lease.assignedAtMs + CLOCK_TOLERANCE_MS) {
    refuse(`${units} seconds in less time than that`);
  }
}
