import type { NetworkStatsUpdate } from '@deai/protocol';
import type { QueryClient } from '@tanstack/react-query';
import { networkQueues, networkStats, settlementBatch, settlementBatches, settlementStatus } from './queries.ts';
import type { SettlementBatch } from './types.ts';
import { withBatch } from './with-batch.ts';

/** Puts what was heard of the network into the answers that pages show, as if they had been asked for again. */
export function applyStats(queries: QueryClient, heard: NetworkStatsUpdate, at: string): void {
  queries.setQueryData(networkQueues.queryKey, heard.queues);
  queries.setQueryData(
    networkStats.queryKey,
    (known) =>
      known && {
        ...known,
        at,
        activeNodes: heard.active_nodes,
        registeredNodes: heard.registered_nodes,
        pendingTasks: heard.pending_tasks,
        runningTasks: heard.running_tasks,
        completedTasks: heard.completed_tasks,
        failedTasks: heard.failed_tasks,
        throughput: heard.throughput,
        queueMsP50: heard.queue_ms_p50,
        queueMsP95: heard.queue_ms_p95,
      },
  );
}

/** Puts a batch that changed into the answers that pages show; sums over all batches are asked for anew where they are shown. */
export function applyBatch(queries: QueryClient, batch: SettlementBatch): void {
  queries.setQueryData(settlementBatch(batch.number).queryKey, (known) => known && batch);
  queries.setQueryData(settlementBatches.queryKey, (listed) => listed && withBatch(listed, batch));
  void queries.invalidateQueries({ queryKey: settlementStatus.queryKey, refetchType: 'active' });
}
