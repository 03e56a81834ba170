import type { Metrics } from '@deai/service-kit';

export type EngineMetrics = ReturnType<typeof createEngineMetrics>;

const ROWS = [1, 5, 10, 25, 50, 100, 250, 500, 1000];

/** What the task manager shows of itself. */
export function createEngineMetrics(metrics: Metrics) {
  return {
    submitted: metrics.counter('deai_tasks_submitted_total', 'Tasks accepted', ['kind']),
    ended: metrics.counter('deai_tasks_ended_total', 'Tasks ended, by state', ['kind', 'state']),
    retried: metrics.counter('deai_task_attempts_failed_total', 'Attempts that ended without a result, by code', ['code']),
    refused: metrics.counter('deai_results_refused_total', 'Results refused, by code', ['code']),
    queueSeconds: metrics.histogram('deai_task_queue_seconds', 'From submission to the start of the last attempt', ['kind']),
    runSeconds: metrics.histogram('deai_task_run_seconds', 'Run time as the node measured it', ['kind']),
    batchRows: metrics.histogram('deai_task_batch_rows', 'Rows in one statement', ['statement'], ROWS),
    statementSeconds: metrics.histogram('deai_task_statement_seconds', 'Duration of hot statements', ['statement']),
    partitions: metrics.gauge('deai_task_partitions', 'Partitions of the task table'),
    archived: metrics.counter('deai_tasks_archived_total', 'Tasks written to the archive'),
    archivedPartitions: metrics.counter('deai_task_partitions_archived_total', 'Partitions archived and dropped'),
    archivedBytes: metrics.counter('deai_task_archive_bytes_total', 'Compressed bytes written to the archive'),
    archiveChunksRemoved: metrics.counter('deai_task_archive_chunks_removed_total', 'Chunks of the archive deleted by age'),
  };
}
