import { pino } from 'pino';
import type { Lane } from '../executors/executor.spec.ts';
import { chooseLanes } from '../executors/lanes.ts';
import type { Outcome } from '../isolation/host.messages.ts';
import { createLaneRunner, type LaneRunner } from '../isolation/lane-runner.ts';
import type { AgentOptions } from '../options.ts';

/** A lane with its real child processes, driven by a test. */
export interface LaneBench {
  readonly runner: LaneRunner;
  readonly returned: string[];
  readonly progress: Map<string, number[]>;
  run(leaseId: string, input: unknown, timeoutMs?: number): Promise<Outcome>;
  /** Runs several tasks in one call, as the queue does with a batch. */
  runTogether(inputs: Record<string, unknown>): Promise<Outcome[]>;
  waitFree(): Promise<void>;
  close(): void;
}

/** Sets up the lane with this id, as the agent would, with changes to its limits. */
export function createLaneBench(id: string, changes: Partial<Lane> = {}, options: Partial<AgentOptions> = {}): LaneBench {
  const lane = chooseLanes({ memoryMiB: 1_024, ...options }).find((candidate) => candidate.id === id);
  if (!lane) throw new Error(`no lane ${id}`);
  const waiting = new Map<string, (outcome: Outcome) => void>();
  const returned: string[] = [];
  const progress = new Map<string, number[]>();
  let onFree = () => {};
  const runner = createLaneRunner(
    { lane: { ...lane, ...changes }, nodeRunner: process.execPath, idleMs: options.idleMs ?? 60_000, logger: pino({ level: 'silent' }) },
    {
      onOutcome: (leaseId, outcome) => waiting.get(leaseId)?.(outcome),
      onProgress: (leaseId, value) => progress.set(leaseId, [...(progress.get(leaseId) ?? []), value]),
      onReturned: (ids) => returned.push(...ids),
      onFree: () => onFree(),
    },
  );
  const outcomeOf = (leaseId: string) => new Promise<Outcome>((resolve) => waiting.set(leaseId, resolve));
  const taskOf = (leaseId: string, input: unknown, timeoutMs = 20_000) => ({ leaseId, model: lane.models[0] as string, input, timeoutMs });
  return {
    runner,
    returned,
    progress,
    run(leaseId, input, timeoutMs) {
      const outcome = outcomeOf(leaseId);
      runner.run([taskOf(leaseId, input, timeoutMs)]);
      return outcome;
    },
    runTogether(inputs) {
      const outcomes = Object.keys(inputs).map(outcomeOf);
      runner.run(Object.entries(inputs).map(([leaseId, input]) => taskOf(leaseId, input)));
      return Promise.all(outcomes);
    },
    waitFree: () =>
      new Promise((resolve) => {
        onFree = () => runner.free && resolve();
        onFree();
      }),
    close: () => runner.close(),
  };
}

/** The output of an outcome as a value. Fails the test when it was a failure. */
export function outputOf<T>(outcome: Outcome): T {
  if (!('output' in outcome)) throw new Error(`the run failed: ${JSON.stringify(outcome.failure)}`);
  return JSON.parse(outcome.output) as T;
}
