import { firstIdAt, idTimeMs } from '@deai/protocol';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Partitions beyond the present one: each costs planning and locks, so short ones are not made for days ahead. */
const MAX_AHEAD = 64;
const BOUND = /^FOR VALUES FROM \('([0-9a-f-]{36})'\) TO \('([0-9a-f-]{36})'\)$/;

/** The time of the ids that a partition holds, in ms: from, and up to but not including. */
export interface TimeRange {
  fromMs: number;
  untilMs: number;
}

/** A range as the catalogue prints it; `exact` when both ends fall between two milliseconds, as those of ours do. Nothing for other bounds. */
export function rangeOfBound(bound: string): (TimeRange & { exact: boolean }) | undefined {
  const [, from, until] = BOUND.exec(bound) ?? [];
  if (!from || !until) return undefined;
  const [fromMs, lastMs] = [idTimeMs(from), idTimeMs(until)];
  const aligned = firstIdAt(lastMs) === until;
  return { fromMs, untilMs: aligned ? lastMs : lastMs + 1, exact: aligned && firstIdAt(fromMs) === from };
}

/**
 * The ranges that are missing between two times, at most one and 64 more, in steps of `lengthMs` that divide the day. Ranges that exist
 * stay as they are, whatever their length: new ones begin where they end.
 */
export function missingRanges(existing: readonly TimeRange[], fromMs: number, untilMs: number, lengthMs: number): TimeRange[] {
  const sorted = [...existing].sort((a, b) => a.fromMs - b.fromMs);
  const missing: TimeRange[] = [];
  const last = Math.min(untilMs, fromMs + MAX_AHEAD * lengthMs);
  let at = Math.floor(fromMs / lengthMs) * lengthMs;
  while (at <= last) {
    const slotEnd = Math.floor(at / lengthMs) * lengthMs + lengthMs;
    const covering = sorted.find((range) => range.fromMs <= at && at < range.untilMs);
    const next = sorted.find((range) => range.fromMs > at);
    const end = covering ? covering.untilMs : Math.min(slotEnd, next?.fromMs ?? slotEnd);
    if (!covering) missing.push({ fromMs: at, untilMs: end });
    at = end;
  }
  return missing;
}

/** `task_20261125` for a whole day, `task_202611251430` for anything shorter; times are UTC. */
export function partitionName(table: string, { fromMs, untilMs }: TimeRange): string {
  const digits = new Date(fromMs).toISOString().replaceAll(/\D/g, '');
  const wholeDay = fromMs % DAY_MS === 0 && untilMs - fromMs === DAY_MS;
  const length = wholeDay ? 8 : fromMs % MINUTE_MS === 0 ? 12 : 17;
  return `${table}_${digits.slice(0, length)}`;
}
