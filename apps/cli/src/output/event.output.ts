import type { WatchEvent } from '@deai/sdk';
import { bar, clock, status } from './format.ts';
import type { Colors } from './output.ts';

/** An event on one line. */
export function renderEvent(colors: Colors, event: WatchEvent): string {
  return `${colors.dim(clock(event.at))}  ${textOf(colors, event)}`;
}

function textOf(colors: Colors, event: WatchEvent): string {
  switch (event.type) {
    case 'task_update': {
      const { task_id, status: state, progress, attempt, error } = event.data;
      const part = state === 'in_progress' && progress > 0 ? `  ${bar(progress, 12)} ${Math.round(progress * 100)} %` : '';
      const again = attempt > 1 ? colors.dim(`  attempt ${attempt}`) : '';
      return `${task_id}  ${padded(colors, state)}${part}${again}${error ? `  ${colors.red(`${error.code}: ${error.message}`)}` : ''}`;
    }
    case 'node_status': {
      const { node_id, status: state, performance_metrics: metrics } = event.data;
      const load = metrics ? `  ${metrics.running} running, ${metrics.queued} queued, ${Math.round(metrics.cpuPercent)} % CPU` : '';
      return `${node_id}  ${padded(colors, state)}${load}`;
    }
    case 'settlement_batch':
      return `batch ${event.data.number}  ${event.data.state}  ${event.data.receipts} receipts`;
    case 'network_stats': {
      const { active_nodes, pending_tasks, running_tasks, throughput } = event.data;
      return `${active_nodes} nodes  ${pending_tasks} pending  ${running_tasks} running  ${throughput.toFixed(1)} tasks/s`;
    }
  }
}

/** Padded before it is coloured: colour codes have no width. */
function padded(colors: Colors, name: string): string {
  return status(colors, name) + ' '.repeat(Math.max(0, 11 - name.length));
}
