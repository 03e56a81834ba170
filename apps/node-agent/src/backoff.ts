/** A random wait between 0 and `min(capMs, baseMs · 2^(attempt − 1))`: full jitter keeps nodes from returning all at once. */
export function fullJitterMs(attempt: number, baseMs: number, capMs: number, random: () => number = Math.random): number {
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** Math.min(30, Math.max(0, attempt - 1))));
}
