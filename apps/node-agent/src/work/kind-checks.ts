import { kindSpec, TASK_KINDS, type TaskKind } from '@deai/protocol';
import { Compile } from 'typebox/compile';

const CHECKS = new Map(TASK_KINDS.map((kind) => [kind, { input: Compile(kindSpec(kind).input), output: Compile(kindSpec(kind).output) }]));

/** Why an input does not match its kind; `undefined` when it does. The server has checked it, but the node runs it. */
export function checkInput(kind: TaskKind, input: unknown): string | undefined {
  return CHECKS.get(kind)?.input.Check(input) ? undefined : "The input does not match the kind's schema.";
}

/** Why the text of an output does not match its kind; `undefined` when it does. */
export function checkOutput(kind: TaskKind, output: string): string | undefined {
  return CHECKS.get(kind)?.output.Check(JSON.parse(output)) ? undefined : "it does not match the kind's schema";
}
