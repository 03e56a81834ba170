import type { Lane } from '../executors/executor.spec.ts';
import type { ExecutorTask } from '../executors/executor.types.ts';
import { createExecutorSlot, type SlotEvents, type SlotOptions } from './executor-slot.ts';

/** The slots of one lane. */
export interface LaneRunner {
  readonly lane: Lane;
  /** True when a slot takes work now. */
  readonly free: boolean;
  readonly pids: number[];
  /** Most tasks that the slot which would take them runs at once. */
  readonly batchSize: number;
  run(tasks: ExecutorTask[]): void;
  cancel(leaseId: string): void;
  benchmark(): Promise<number>;
  close(): void;
}

/** Creates the slots of a lane without starting a process. */
export function createLaneRunner(options: SlotOptions, events: SlotEvents): LaneRunner {
  const { lane } = options;
  const slots = Array.from({ length: lane.processes }, () => createExecutorSlot(options, events));
  // A process that runs is preferred: starting another costs memory.
  const next = () => slots.find((slot) => slot.capacity > 0 && slot.pid !== undefined) ?? slots.find((slot) => slot.capacity > 0);
  return {
    lane,
    get free() {
      return next() !== undefined;
    },
    get pids() {
      return slots.flatMap((slot) => slot.pid ?? []);
    },
    batchSize: lane.maxBatch,
    run(tasks) {
      const slot = next();
      if (!slot) throw new Error(`lane ${lane.id} has no free slot`);
      slot.run(tasks);
    },
    cancel: (leaseId) => {
      for (const slot of slots) slot.cancel(leaseId);
    },
    benchmark: () => (slots[0] ? slots[0].benchmark() : Promise.reject(new Error(`lane ${lane.id} has no process`))),
    close: () => {
      for (const slot of slots) slot.close();
    },
  };
}
