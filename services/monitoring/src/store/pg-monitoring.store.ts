import type { Database } from '@deai/db';
import type { NetworkStats } from '@deai/protocol';
import type { MonitoringStore } from '../domain/ports.ts';

const COLUMNS = `at, active_nodes, registered_nodes, pending_tasks, running_tasks, completed_tasks, failed_tasks, throughput, queue_ms_p50,
  queue_ms_p95, uptime_s`;

interface SampleRow {
  at: Date;
  active_nodes: number;
  registered_nodes: number;
  pending_tasks: number;
  running_tasks: number;
  completed_tasks: number;
  failed_tasks: number;
  throughput: number;
  queue_ms_p50: number;
  queue_ms_p95: number;
  uptime_s: number;
}

/** History and incidents in PostgreSQL. Several instances may write: neither samples nor incidents are doubled. */
export function createPgMonitoringStore(db: Database): MonitoringStore {
  return {
    async addSample(stats, intervalMs) {
      const slot = new Date(Math.floor(Date.parse(stats.at) / intervalMs) * intervalMs);
      await db.query(
        `insert into monitoring.sample (slot, ${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (slot) do nothing`,
        [slot, stats.at, ...numbersOf(stats)],
      );
    },
    async lastSample() {
      const { rows } = await db.query<SampleRow>(`select ${COLUMNS} from monitoring.sample order by slot desc limit 1`);
      return rows[0] && statsOf(rows[0]);
    },
    async history(minutes, binMs) {
      const { rows } = await db.query<SampleRow>(
        `select * from (
           select distinct on (bin) date_bin(make_interval(secs => $2), slot, timestamptz 'epoch') as bin, ${COLUMNS}
           from monitoring.sample where slot > now() - make_interval(mins => $1) order by bin, slot desc
         ) thinned order by bin`,
        [minutes, binMs / 1_000],
      );
      return rows.map(statsOf);
    },
    recordChange: (service, to, detail) =>
      db.transaction(async (client) => {
        // Two instances that see the same change take turns, and the second finds it recorded.
        await client.query(`select pg_advisory_xact_lock(hashtext('monitoring.incident'))`);
        const { rowCount } = await client.query(
          `insert into monitoring.incident (service, from_status, to_status, detail)
           select $1, last.status, $2, $3 from (
             select coalesce((select to_status from monitoring.incident where service = $1 order by id desc limit 1), 'ok') as status
           ) last where last.status <> $2`,
          [service, to, detail ?? null],
        );
        return rowCount === 1;
      }),
    async deleteOlder({ sampleDays, incidentDays }) {
      const samples = await db.query('delete from monitoring.sample where slot < now() - make_interval(days => $1)', [sampleDays]);
      // The last row of a service is its state, however old.
      const incidents = await db.query(
        `delete from monitoring.incident old where at < now() - make_interval(days => $1)
         and exists (select from monitoring.incident newer where newer.service = old.service and newer.id > old.id)`,
        [incidentDays],
      );
      return samples.rowCount + incidents.rowCount;
    },
  };
}

function numbersOf(stats: NetworkStats): number[] {
  return [
    stats.activeNodes,
    stats.registeredNodes,
    stats.pendingTasks,
    stats.runningTasks,
    stats.completedTasks,
    stats.failedTasks,
    stats.throughput,
    stats.queueMsP50,
    stats.queueMsP95,
    stats.uptimeS,
  ];
}

function statsOf(row: SampleRow): NetworkStats {
  return {
    at: row.at.toISOString(),
    activeNodes: row.active_nodes,
    registeredNodes: row.registered_nodes,
    pendingTasks: row.pending_tasks,
    runningTasks: row.running_tasks,
    completedTasks: row.completed_tasks,
    failedTasks: row.failed_tasks,
    throughput: row.throughput,
    queueMsP50: row.queue_ms_p50,
    queueMsP95: row.queue_ms_p95,
    uptimeS: row.uptime_s,
  };
}
