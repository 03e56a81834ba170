import type { LedgerLine } from '../../api/types.ts';

/** Widths of a bar in seconds: the narrowest that makes few enough bars is taken. */
const STEPS: readonly (readonly [seconds: number, name: string])[] = [
  [10, 'every 10 seconds'],
  [60, 'a minute'],
  [600, 'every 10 minutes'],
  [3_600, 'an hour'],
  [86_400, 'a day'],
  [604_800, 'a week'],
];
const MOST_BARS = 48;
/** One bar alone says nothing about time: empty ones stand before it. */
const FEWEST_BARS = 24;

export interface Usage {
  step: string;
  /** `at` in Unix seconds, the bar's start; whole tokens, for drawing alone. */
  buckets: { at: number; tokens: number }[];
  total: number;
}

/** Whole tokens as a number: good for a chart, never for books. */
const toNumber = (yocto: bigint) => Number(yocto / 10n ** 6n) / 1e18;

/**
 * Sums lines of completed tasks up into bars: what was paid (what left `held` less what came back to `available`), or with `earned` what
 * was earned. Empty without such lines.
 */
export function usageOf(lines: readonly LedgerLine[], account: LedgerLine['account']): Usage {
  const earned = account === 'earned';
  const counted = lines.filter((line) => (line.account === 'earned') === earned);
  const times = counted.map(({ at }) => Date.parse(at) / 1_000);
  if (times.length === 0) return { step: '', buckets: [], total: 0 };
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const [width, step] = STEPS.find(([seconds]) => (to - from) / seconds <= MOST_BARS) ?? (STEPS.at(-1) as (typeof STEPS)[number]);
  const sums = new Map<number, bigint>();
  counted.forEach(({ amountYocto }, i) => {
    const at = Math.floor((times[i] ?? 0) / width) * width;
    sums.set(at, (sums.get(at) ?? 0n) + (earned ? BigInt(amountYocto) : -BigInt(amountYocto)));
  });
  const last = Math.floor(to / width) * width;
  const bars = Math.min(Math.max((last - Math.floor(from / width) * width) / width + 1, FEWEST_BARS), MOST_BARS * 8);
  const first = last - (bars - 1) * width;
  const buckets = Array.from({ length: bars }, (_, i) => {
    const at = first + i * width;
    return { at, tokens: toNumber(sums.get(at) ?? 0n) };
  });
  return { step, buckets, total: buckets.reduce((sum, { tokens }) => sum + tokens, 0) };
}

/** Below this a number in decimals is mostly zeros. */
const TINY = 1e-6;

/** Numbers from 10⁻¹⁰ to thousands, short enough for an axis. */
export function chartTokens(value: number): string {
  if (value === 0) return '0';
  return value < TINY ? value.toExponential(1) : value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
