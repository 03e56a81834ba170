import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Durations from 1 ms to 60 s. Seconds, as Prometheus wants them. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Prometheus metrics of one process. Asking for a name again returns the same metric, so services can share one registry. */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string>(name: string, help: string, labels?: readonly L[]): Gauge<L>;
  /** A histogram of seconds unless `buckets` says otherwise. */
  histogram<L extends string>(name: string, help: string, labels?: readonly L[], buckets?: number[]): Histogram<L>;
}

export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  const known = <M>(name: string, make: () => M): M => (registry.getSingleMetric(name) as M | undefined) ?? make();
  const registers = [registry];
  return {
    registry,
    counter: (name, help, labels = []) => known(name, () => new Counter({ name, help, labelNames: labels, registers })),
    gauge: (name, help, labels = []) => known(name, () => new Gauge({ name, help, labelNames: labels, registers })),
    histogram: (name, help, labels = [], buckets = SECONDS) =>
      known(name, () => new Histogram({ name, help, labelNames: labels, buckets, registers })),
  };
}
