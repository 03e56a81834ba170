import {
  canonicalJson,
  classOf,
  DeaiError,
  isTaskKind,
  kindSpec,
  newId,
  type Price,
  type PriceList,
  priceOf,
  sha256Hex,
  TASK_KINDS,
  type TaskKind,
  type TaskRequest,
  type TaskRequirements,
  unitPriceOf,
} from '@deai/protocol';
import { Compile, type Validator } from 'typebox/compile';
import type { LiveTask, NewTask } from './task.ts';

const DEFAULT_MAX_ATTEMPTS = 3;
/** Verification policies on offer. Spot checks and quorums are to come. */
const VERIFICATIONS = ['none'];

const validators = new Map<TaskKind, { input: Validator; output: Validator }>();

/** Compiled schemas of a kind. */
export function validatorsOf(kind: TaskKind): { input: Validator; output: Validator } {
  let found = validators.get(kind);
  if (!found) {
    const spec = kindSpec(kind);
    found = { input: Compile(spec.input) as unknown as Validator, output: Compile(spec.output) as unknown as Validator };
    validators.set(kind, found);
  }
  return found;
}

/** What a checked request asks of a node, what it may use, and what that costs at most. */
export interface Assessment {
  kind: TaskKind;
  needs: TaskRequirements;
  classKey: string;
  timeoutMs: number;
  units: number;
  unitYocto: bigint;
  price: Price;
}

/**
 * Checks a request against its kind and prices it.
 * @param where position in a batch, named in errors.
 * @throws DeaiError `UNKNOWN_KIND`, `INVALID_TASK_INPUT`, `VERIFICATION_UNAVAILABLE`, `PRICE_ABOVE_MAXIMUM`.
 */
export function assess(request: TaskRequest, prices: PriceList, where?: number): Assessment {
  const at = where === undefined ? {} : { task: where };
  const { kind, input, priority = 'normal' } = request;
  if (!isTaskKind(kind)) throw new DeaiError('UNKNOWN_KIND', { ...at, kind, known: TASK_KINDS });
  if (!VERIFICATIONS.includes(request.verification ?? 'none')) {
    throw new DeaiError('VERIFICATION_UNAVAILABLE', { ...at, asked: request.verification, offered: VERIFICATIONS });
  }
  checkInput(kind, input, at);
  const spec = kindSpec(kind);
  const model = request.model ?? spec.defaultModel;
  if (!model) throw new DeaiError('INVALID_TASK_INPUT', { ...at, problems: [{ path: '/model', problem: `${kind} needs a model` }] });
  const unitYocto = unitPriceOf(prices, kind, model, priority);
  if (unitYocto === undefined) throw new DeaiError('UNKNOWN_KIND', { ...at, kind, model, hint: 'This network has no price for it.' });
  const timeoutMs = request.timeoutMs ?? spec.defaultTimeoutMs;
  const units = spec.maxUnits(input as never, timeoutMs);
  const price = priceOf(units, unitYocto, prices.feeBps);
  if (request.maxPriceYocto !== undefined && price.totalYocto > BigInt(request.maxPriceYocto)) {
    throw new DeaiError('PRICE_ABOVE_MAXIMUM', { ...at, quoteYocto: price.totalYocto.toString(), maxPriceYocto: request.maxPriceYocto });
  }
  const needs: TaskRequirements = {
    kind,
    model,
    memoryMiB: Math.max(spec.memoryMiB, request.requirements?.memoryMiB ?? 0),
    region: request.requirements?.region ?? '',
  };
  return { kind, needs, classKey: classOf(needs), timeoutMs, units, unitYocto, price };
}

function checkInput(kind: TaskKind, input: unknown, at: object): void {
  const validator = validatorsOf(kind).input;
  if (validator.Check(input)) return;
  const problems = [...validator.Errors(input)].slice(0, 5).map((e) => ({ path: `/input${e.instancePath}`, problem: e.message }));
  throw new DeaiError('INVALID_TASK_INPUT', {
    ...at,
    kind,
    problems,
    hint: 'The schema of each kind is listed with the kinds of the network.',
  });
}

/** The task that a checked request becomes. Not yet stored, leased or queued. */
export function toNewTask(request: TaskRequest, assessed: Assessment, requesterId: string, nowMs: number, feeBps: number): NewTask {
  const inputText = canonicalJson(request.input);
  const task: LiveTask = {
    id: newId(),
    requesterId,
    needs: assessed.needs,
    classKey: assessed.classKey,
    kind: assessed.kind,
    priority: request.priority ?? 'normal',
    timeoutMs: assessed.timeoutMs,
    maxAttempts: request.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    unitYocto: assessed.unitYocto,
    feeBps,
    unitsQuoted: assessed.units,
    holdYocto: assessed.price.totalYocto,
    createdAtMs: nowMs,
    inputBytes: inputText.length,
    input: request.input,
    inputRef: null,
    attempt: 0,
    lost: 0,
    avoid: [],
  };
  return { task, inputText, inputHash: sha256Hex(inputText), labels: request.labels ?? null, lease: null };
}
