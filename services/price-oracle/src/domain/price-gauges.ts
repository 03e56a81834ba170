import type { TokenPrice } from '@deai/protocol';
import type { Metrics } from '@deai/service-kit';

/** The price in Prometheus; as floating-point numbers, for graphs only. */
export interface PriceGauges {
  show(price: TokenPrice): void;
  countRead(source: string, outcome: 'ok' | 'failed', durationMs: number): void;
}

export function createPriceGauges(metrics: Metrics): PriceGauges {
  const price = metrics.gauge('deai_price_usd', 'Last good price of one token in US dollars');
  const at = metrics.gauge('deai_price_timestamp_seconds', 'When the last good price was true');
  const sourcePrice = metrics.gauge('deai_price_source_usd', 'What a source last said', ['source']);
  const used = metrics.gauge('deai_price_source_used', '1 when the source is part of the price, 0 when it is left out', ['source']);
  const reads = metrics.counter('deai_price_reads_total', 'Readings of sources', ['source', 'outcome']);
  const seconds = metrics.histogram('deai_price_read_seconds', 'Time a reading took, retries included', ['source']);
  return {
    show(current) {
      if (current.usd !== null && current.at !== null) {
        price.set(Number(current.usd));
        at.set(Date.parse(current.at) / 1000);
      }
      for (const source of current.sources) {
        used.set({ source: source.name }, source.used ? 1 : 0);
        if (source.usd !== null) sourcePrice.set({ source: source.name }, Number(source.usd));
      }
    },
    countRead(source, outcome, durationMs) {
      reads.inc({ source, outcome });
      seconds.observe({ source }, durationMs / 1000);
    },
  };
}
