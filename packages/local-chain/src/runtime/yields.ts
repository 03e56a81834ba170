import type { State } from './state.ts';

/** A yielded promise that waits for its data. */
export interface PendingYield {
  readonly accountId: string;
  readonly txHash: string;
  /** Block height from which on it counts as failed. */
  readonly expiresAt: number;
}

const NAME = 'yield/';

/** The yielded promise that waits for that data. */
export function yieldOf(state: State, dataId: string): PendingYield | undefined {
  return state.record<PendingYield>(NAME + dataId);
}

/** Undefined: it waits no longer. */
export function setYield(state: State, dataId: string, pending: PendingYield | undefined): void {
  state.setRecord(NAME + dataId, pending);
}

/** Data ids of yielded promises that are overdue at a height, oldest first. */
export function overdueYields(state: State, height: number): { dataId: string; pending: PendingYield }[] {
  const overdue: { dataId: string; pending: PendingYield }[] = [];
  for (const [name, value] of state.entries('record', '')) {
    if (!name.startsWith(NAME)) continue;
    const pending = value as PendingYield;
    if (pending.expiresAt <= height) overdue.push({ dataId: name.slice(NAME.length), pending });
  }
  return overdue.sort((a, b) => a.pending.expiresAt - b.pending.expiresAt);
}
