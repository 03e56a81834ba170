import { formatUsd, type PriceSourceLabel, type SourcePrice, TOKEN_SYMBOL, type TokenPrice } from '@deai/protocol';
import { type Combination, combine, type PriceGuards, type SourceAnswer, type Verdict } from './combine.ts';
import { type PriceReading, type PriceSource, ReadError, type StoredPrice } from './ports.ts';

/** The price as it was last known, and what the sources said. */
export interface PriceWatch {
  /**
   * Asks every source at once and judges the answers. Never rejects. Answers the new price, if there is one.
   * @param stop ends it; nothing is learnt then.
   */
  refresh(stop: AbortSignal): Promise<StoredPrice | undefined>;
  /** Takes a price that another instance accepted, or that was kept over a restart, when it is newer. */
  learn(price: PriceReading): void;
  readonly current: TokenPrice;
  /** What is wrong, in words; `undefined` when nothing is. */
  readonly problem: string | undefined;
}

export interface PriceWatchOptions {
  sources: readonly PriceSource[];
  label: PriceSourceLabel;
  guards: PriceGuards;
  /** A last good price older than this is not told any more. */
  keepMs: number;
  /** A source that has not answered by then is left out. */
  readTimeoutMs: number;
  /** Told how each reading went, and how long it took. */
  onRead?(name: string, outcome: 'ok' | 'failed', durationMs: number): void;
  now?: () => number;
}

export function createPriceWatch(options: PriceWatchOptions): PriceWatch {
  const { sources, label, guards, keepMs, readTimeoutMs, onRead, now = Date.now } = options;
  let lastGood: PriceReading | undefined;
  let latest: Combination | undefined;

  async function ask(source: PriceSource, signal: AbortSignal): Promise<SourceAnswer> {
    const begunMs = performance.now();
    try {
      const reading = await source.read(signal);
      onRead?.(source.name, 'ok', performance.now() - begunMs);
      return { name: source.name, reading };
    } catch (error) {
      onRead?.(source.name, 'failed', performance.now() - begunMs);
      // Anything else may carry an address or a credential.
      return { name: source.name, problem: error instanceof ReadError ? error.message : 'it failed' };
    }
  }
  async function askAll(stop: AbortSignal): Promise<SourceAnswer[]> {
    const controller = new AbortController();
    const onStop = () => controller.abort(stop.reason);
    stop.addEventListener('abort', onStop);
    const late = new ReadError(`it did not answer in ${Math.round(readTimeoutMs / 1000)} s`);
    const timer = setTimeout(() => controller.abort(late), readTimeoutMs);
    try {
      return await Promise.all(sources.map((source) => ask(source, controller.signal)));
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
    }
  }
  function learn(price: PriceReading): void {
    if (price.priceAttoUsd > 0n && (!lastGood || price.atMs > lastGood.atMs)) lastGood = price;
  }
  const told = (): PriceReading | undefined => (lastGood && now() - lastGood.atMs <= keepMs ? lastGood : undefined);
  const isStale = (price: PriceReading): boolean => now() - price.atMs > guards.maxAgeMs;

  return {
    learn,
    async refresh(stop) {
      const answers = stop.aborted ? [] : await askAll(stop);
      if (stop.aborted) return undefined;
      latest = combine(answers, guards, now());
      const { price, verdicts } = latest;
      if (!price) return undefined;
      // Also when its oldest source is older than the last one's: it is what the sources say now.
      lastGood = price;
      return { ...price, sources: verdicts.map((verdict) => toSourcePrice(verdict, now())) };
    },
    get current() {
      const price = told();
      const verdicts = latest?.verdicts ?? [];
      return {
        symbol: TOKEN_SYMBOL,
        usd: price ? formatUsd(price.priceAttoUsd) : null,
        source: price ? label : null,
        at: price ? new Date(price.atMs).toISOString() : null,
        ageS: price ? ageS(price.atMs, now()) : null,
        stale: price !== undefined && isStale(price),
        quorum: guards.quorum,
        sources: verdicts.map((verdict) => toSourcePrice(verdict, now())),
      };
    },
    get problem() {
      // Nothing was asked for, or nothing was asked yet.
      if (sources.length === 0 || !latest) return undefined;
      const price = told();
      if (price && !isStale(price)) return undefined;
      const age = price ? `the price is ${Math.round(ageS(price.atMs, now()))} s old` : 'there is no price';
      const left = latest.verdicts.flatMap(({ name, leftOut }) => (leftOut ? [`${name}: ${leftOut.explanation}`] : []));
      return [`${age}, ${guards.quorum} of ${sources.length} sources must agree`, ...left].join('; ');
    },
  };
}

function toSourcePrice({ name, reading, leftOut }: Verdict, nowMs: number): SourcePrice {
  return {
    name,
    used: leftOut === undefined,
    usd: reading ? formatUsd(reading.priceAttoUsd) : null,
    at: reading ? new Date(reading.atMs).toISOString() : null,
    ageS: reading ? ageS(reading.atMs, nowMs) : null,
    reason: leftOut?.reason ?? null,
    explanation: leftOut?.explanation ?? null,
  };
}

/** A clock that is a little ahead makes no negative age. */
function ageS(atMs: number, nowMs: number): number {
  return Math.max(0, (nowMs - atMs) / 1000);
}
