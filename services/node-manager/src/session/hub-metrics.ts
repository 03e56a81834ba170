import type { Metrics } from '@deai/service-kit';

export type NodeMetricsSet = ReturnType<typeof createNodeMetrics>;

/** What the node manager shows of itself. */
export function createNodeMetrics(metrics: Metrics) {
  return {
    connected: metrics.gauge('deai_nodes_connected', 'Open node sessions of this instance'),
    frames: metrics.counter('deai_node_frames_total', 'Frames from nodes', ['type']),
    invalid: metrics.counter('deai_node_frames_invalid_total', 'Frames refused, by code', ['code']),
    handshakeSeconds: metrics.histogram('deai_node_handshake_seconds', 'From socket to welcome'),
  };
}
