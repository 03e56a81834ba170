import { formatUsd, type LeftOutReason } from '@deai/protocol';
import type { PriceReading } from './ports.ts';

/** What a new price must satisfy. */
export interface PriceGuards {
  /** Sources that must be fresh and agree. */
  quorum: number;
  /** Older readings are left out. */
  maxAgeMs: number;
  /** Readings further from the median are left out, in basis points of it. */
  maxDeviationBps: number;
}

/** What a source answered: a reading, or why there is none. */
export type SourceAnswer = { name: string; reading: PriceReading } | { name: string; problem: string };

/** A source's answer, judged. */
export interface Verdict {
  name: string;
  reading: PriceReading | undefined;
  /** `undefined` when the reading is part of the price. */
  leftOut: { reason: LeftOutReason; explanation: string } | undefined;
}

export interface Combination {
  /** The median of what is left, as old as the oldest of it; `undefined` when fewer than the quorum are. */
  price: PriceReading | undefined;
  /** One for each answer, in their order. */
  verdicts: Verdict[];
}

/** A source's clock may be this much ahead. */
const MAX_SKEW_MS = 30_000;
const BPS = 10_000n;

/**
 * Makes one price of several. What cannot be true (not above zero, from the future) or is too old is left out first, then what is too far
 * from the median of the rest. Does not depend on the order; with a majority of sources that agree the others cannot take the price
 * outside of what those say.
 */
export function combine(answers: readonly SourceAnswer[], guards: PriceGuards, nowMs: number): Combination {
  const verdicts = answers.map((answer) => judge(answer, guards, nowMs));
  const used = (): PriceReading[] => verdicts.flatMap(({ reading, leftOut }) => (reading && !leftOut ? [reading] : []));
  const fresh = used();
  if (fresh.length > 0) leaveOutFar(verdicts, median(fresh.map(({ priceAttoUsd }) => priceAttoUsd)), guards.maxDeviationBps);
  const agreeing = used();
  if (agreeing.length === 0 || agreeing.length < guards.quorum) return { price: undefined, verdicts };
  return {
    price: {
      priceAttoUsd: median(agreeing.map(({ priceAttoUsd }) => priceAttoUsd)),
      atMs: Math.min(...agreeing.map(({ atMs }) => atMs)),
    },
    verdicts,
  };
}

/** The middle one, or the mean of the two in the middle, rounded down. */
export function median(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const upper = sorted[sorted.length >> 1] as bigint;
  return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] as bigint) + upper) / 2n;
}

function judge(answer: SourceAnswer, { maxAgeMs }: PriceGuards, nowMs: number): Verdict {
  const { name } = answer;
  if ('problem' in answer) return { name, reading: undefined, leftOut: { reason: 'unreadable', explanation: answer.problem } };
  const { reading } = answer;
  const leaveOut = (reason: LeftOutReason, explanation: string): Verdict => ({ name, reading, leftOut: { reason, explanation } });
  if (reading.priceAttoUsd <= 0n)
    return { name, reading: undefined, leftOut: { reason: 'invalid', explanation: 'its price is not above zero' } };
  const ageMs = nowMs - reading.atMs;
  if (ageMs < -MAX_SKEW_MS) return leaveOut('invalid', `its price is from ${seconds(-ageMs)} in the future`);
  if (ageMs > maxAgeMs) return leaveOut('stale', `its price is ${seconds(ageMs)} old, and ${seconds(maxAgeMs)} is the limit`);
  return { name, reading, leftOut: undefined };
}

function leaveOutFar(verdicts: Verdict[], middle: bigint, maxDeviationBps: number): void {
  for (const verdict of verdicts) {
    if (!verdict.reading || verdict.leftOut) continue;
    const difference = verdict.reading.priceAttoUsd - middle;
    const absolute = difference < 0n ? -difference : difference;
    if (absolute * BPS <= middle * BigInt(maxDeviationBps)) continue;
    const percent = Number((absolute * BPS) / middle) / 100;
    verdict.leftOut = {
      reason: 'deviates',
      explanation: `${percent} % from the median ${formatUsd(middle)}, and ${maxDeviationBps / 100} % is the limit`,
    };
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
