import type { ErrorCode, FailureCause } from '@deai/protocol';
import type { Static } from 'typebox';
import type { ExecutorSpec } from '../executors/executor.spec.ts';
import type { ExecutorTask } from '../executors/executor.types.ts';

/** From the agent to an executor's process. */
export type ToHost =
  | { type: 'load'; spec: ExecutorSpec; maxOutputChars: number }
  | { type: 'run'; tasks: ExecutorTask[] }
  | { type: 'cancel'; leaseId: string }
  | { type: 'benchmark' };

/** A run that went wrong, and whose fault it is. */
export interface Failure {
  code: ErrorCode;
  message: string;
  cause: Static<typeof FailureCause>;
}

/** How one task ended. `output` is canonical JSON. */
export type Outcome = { units: number; runMs: number } & ({ output: string } | { failure: Failure });

/** From an executor's process to the agent. */
export type FromHost =
  | { type: 'loaded'; models: readonly string[] }
  | { type: 'load_failed'; message: string }
  | { type: 'progress'; leaseId: string; progress: number }
  | { type: 'outcome'; leaseId: string; outcome: Outcome }
  | { type: 'benchmark'; unitsPerSecond: number }
  | { type: 'benchmark_failed'; message: string };
