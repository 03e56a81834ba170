/**
 * Milliseconds with fraction on the machine's monotonic clock. It is one clock for all processes of a machine and never steps,
 * so times taken in two processes may be subtracted.
 */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
