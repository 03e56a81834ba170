import { describe, expect, it } from 'vitest';
import type { Report } from './report.ts';
import { targetsOf } from './targets.ts';

const NOTHING = { single: null, batch: null, peers: null, core: null, assign: null, api: null, sql: null, idle: null, backlog: null };
const times = (p50: number, p95: number, p99: number) => ({ p50, p95, p99 });
const cpuUsPerTask = { server: null, postgres: null, nodes: null, load: null };
const peer = (single: number, batch: number | null) => ({ single, batch }) as never;

function targets(more: Partial<Report>) {
  const list = targetsOf({ ...NOTHING, history: null, runs: [], nodes: 500, ...more } as unknown as Report);
  return new Map(list.map((target) => [target.figure, target]));
}

describe('the targets', () => {
  it('are left out where nothing was measured', () => {
    expect(targets({}).size).toBe(0);
  });
  it('are met from the bound on, whether it is the least or the most', () => {
    const found = targets({
      single: { tps: 5_000, ...times(1, 2, 3), cpuUsPerTask },
      assign: times(15, 50, 100.1),
      api: times(1, 100, 200),
    });
    expect(found.get('single submissions, whole life')).toMatchObject({ measured: 5_000, ratio: 1, met: true });
    expect(found.get('submit to assign at half load, p50')).toMatchObject({ ratio: 1, met: true });
    expect(found.get('submit to assign at half load, p99')).toMatchObject({ met: false });
    expect(found.get('API at half load, p95')).toMatchObject({ ratio: 0.5, met: false });
  });
  it('compare the core with the best peer in bulk, and with JetStream in single adds', () => {
    const found = targets({
      core: peer(2_000, 2_600),
      peers: { 'graphile-worker': peer(1, 2_000), 'pg-boss': peer(1, 1_000), bullmq: null, 'nats-jetstream': peer(2_000, null) },
    });
    expect(found.get('queue core in bulk against the best peer')).toMatchObject({ measured: 1.3, met: true });
    expect(found.get('queue core in single adds against JetStream')).toMatchObject({ measured: 1, met: false });
  });
  it('leave out the comparison with a peer whose server is missing', () => {
    const single = { tps: 9_000, ...times(1, 2, 3), cpuUsPerTask };
    const peers = { 'graphile-worker': peer(1_000, 2_000), 'pg-boss': null, bullmq: null, 'nats-jetstream': null };
    const found = targets({ single, peers });
    expect(found.get('single submissions against graphile-worker')).toMatchObject({ measured: 9, ratio: 2.25, met: true });
    expect(found.has('single submissions against BullMQ')).toBe(false);
  });
});
