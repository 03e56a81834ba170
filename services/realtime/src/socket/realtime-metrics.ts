import type { Metrics } from '@deai/service-kit';

/** What this service counts. */
export type RealtimeMetrics = ReturnType<typeof createRealtimeMetrics>;

export function createRealtimeMetrics(metrics: Metrics) {
  return {
    sockets: metrics.gauge('deai_realtime_sockets', 'Open client WebSockets'),
    visitors: metrics.gauge('deai_realtime_visitors', 'Client WebSockets of visitors without an account'),
    addresses: metrics.gauge('deai_realtime_topics', 'Different topics somebody listens to'),
    buffered: metrics.gauge('deai_realtime_buffered_bytes', 'Bytes not yet taken by client sockets, once a second'),
    ringChanges: metrics.gauge('deai_realtime_ring_changes', 'Changes kept to be sent again'),
    events: metrics.counter('deai_realtime_events_total', 'Events received from the bus'),
    sent: metrics.counter('deai_realtime_frames_sent_total', 'Frames given to client sockets'),
    dropped: metrics.counter('deai_realtime_frames_dropped_total', 'Frames not sent because the client was too slow'),
    closed: metrics.counter('deai_realtime_closed_total', 'Client WebSockets closed by the server, by close code', ['code']),
  };
}
