import type { NetworkHealth, NetworkStats, ServiceHealth } from '@deai/protocol';
import type { Metrics } from '@deai/service-kit';

/** The network in Prometheus. */
export interface NetworkGauges {
  showStats(stats: NetworkStats): void;
  showHealth(health: NetworkHealth): void;
  countChange(service: ServiceHealth): void;
}

export function createNetworkGauges(metrics: Metrics): NetworkGauges {
  const ageS = metrics.gauge('deai_network_stats_age_seconds', 'Age of the network statistics');
  const up = metrics.gauge('deai_service_up', '1 when the service is ok, 0.5 when degraded, 0 when down', ['service']);
  const latency = metrics.gauge('deai_service_latency_seconds', 'Time the last health probe took', ['service']);
  const changes = metrics.counter('deai_service_state_changes_total', 'State changes of services', ['service', 'to']);
  const gauges = [
    [metrics.gauge('deai_network_active_nodes', 'Nodes online'), 'activeNodes'],
    [metrics.gauge('deai_network_registered_nodes', 'Nodes registered'), 'registeredNodes'],
    [metrics.gauge('deai_network_pending_tasks', 'Tasks waiting'), 'pendingTasks'],
    [metrics.gauge('deai_network_running_tasks', 'Tasks running'), 'runningTasks'],
    [metrics.gauge('deai_network_completed_tasks', 'Tasks completed so far'), 'completedTasks'],
    [metrics.gauge('deai_network_failed_tasks', 'Tasks failed so far'), 'failedTasks'],
    [metrics.gauge('deai_network_throughput', 'Tasks completed per second over the last ten seconds'), 'throughput'],
    [metrics.gauge('deai_network_queue_ms_p50', 'Median ms from submission to start'), 'queueMsP50'],
    [metrics.gauge('deai_network_queue_ms_p95', '95th percentile of ms from submission to start'), 'queueMsP95'],
  ] as const;
  const LEVEL = { ok: 1, degraded: 0.5, down: 0 } as const;
  return {
    showStats(stats) {
      for (const [gauge, field] of gauges) gauge.set(stats[field]);
      ageS.set(Math.max(0, (Date.now() - Date.parse(stats.at)) / 1000));
    },
    showHealth({ services }) {
      for (const { service, status, latencyMs } of services) {
        up.set({ service }, LEVEL[status]);
        latency.set({ service }, latencyMs / 1000);
      }
    },
    countChange: ({ service, status }) => changes.inc({ service, to: status }),
  };
}
