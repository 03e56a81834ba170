import type { Database } from '@deai/db';
import type { NodeStore } from '../domain/ports.ts';
import { CONNECTED } from './node-row.ts';
import { STAKED } from './node-stakes.ts';
import type { NodeRules } from './pg-node-store.ts';

/** A node that was away for longer than this is not counted on any more. */
const FORGOTTEN = "coalesce(n.last_seen_at, n.registered_at) > now() - interval '30 days'";

/** $6: a node must have the least stake behind it to be capable. */
const CAPABLE = `
select count(distinct id) as with_kind, count(distinct id) filter (where has_model) as with_model,
  count(distinct id) filter (where has_model and fits) as registered,
  count(distinct id) filter (where has_model and fits and connected) as online
from (
  select n.id, c.model = $3 as has_model, ${CONNECTED} as connected,
    n.memory_mib >= $4 and ($5 = '' or n.region = $5) and (not $6::boolean or ${STAKED}) as fits
  from nodes.capability c join nodes.node n on n.id = c.node_id
  where c.kind = $2 and ${FORGOTTEN}) x`;

const MODELS = `
select c.kind, c.model, count(*) filter (where ${CONNECTED}) as online, count(*) as registered
from nodes.capability c join nodes.node n on n.id = c.node_id
where ${FORGOTTEN} group by c.kind, c.model order by c.kind, c.model`;

const TOTALS = `
select count(*) as registered,
  count(*) filter (where ${CONNECTED} and n.mode <> 'maintenance') as online,
  count(*) filter (where ${CONNECTED} and n.mode = 'maintenance') as maintenance,
  coalesce(sum(n.credits) filter (where ${CONNECTED}), 0) as credits,
  coalesce(sum((n.metrics->>'running')::int + (n.metrics->>'queued')::int) filter (where ${CONNECTED}), 0) as used
from nodes.node n`;

const BY_KIND = `
select kind, count(*) as online, sum(speed) as speed from (
  select c.kind, c.node_id, max(c.units_per_second) as speed
  from nodes.capability c join nodes.node n on n.id = c.node_id where ${CONNECTED} group by c.kind, c.node_id) s
group by kind order by kind`;

const BY_REGION = `select n.region, count(*) as online from nodes.node n where ${CONNECTED} group by n.region order by n.region`;

type Counts = Pick<NodeStore, 'countCapable' | 'models' | 'stats'>;

/** Counts over all nodes. */
export function createNodeCounts(db: Database, { offlineMs, requireStake }: NodeRules): Counts {
  return {
    async countCapable({ kind, model, memoryMiB, region }) {
      const { rows } = await db.query<{ with_kind: number; with_model: number; registered: number; online: number }>(CAPABLE, [
        offlineMs,
        kind,
        model,
        memoryMiB,
        region,
        requireStake,
      ]);
      const [row] = rows;
      return { registered: row?.registered ?? 0, online: row?.online ?? 0, withKind: row?.with_kind ?? 0, withModel: row?.with_model ?? 0 };
    },
    async models() {
      return (await db.query<{ kind: string; model: string; online: number; registered: number }>(MODELS, [offlineMs])).rows;
    },
    async stats() {
      const [totals, kinds, regions] = await Promise.all([
        db.query<{ registered: number; online: number; maintenance: number; credits: number; used: number }>(TOTALS, [offlineMs]),
        db.query<{ kind: string; online: number; speed: number }>(BY_KIND, [offlineMs]),
        db.query<{ region: string; online: number }>(BY_REGION, [offlineMs]),
      ]);
      const { registered = 0, online = 0, maintenance = 0, credits = 0, used = 0 } = totals.rows[0] ?? {};
      return {
        registered,
        online,
        maintenance,
        offline: registered - online - maintenance,
        credits: { total: credits, used: Math.min(used, credits) },
        byKind: kinds.rows.map((row) => ({ kind: row.kind, online: row.online, unitsPerSecond: row.speed })),
        byRegion: regions.rows,
      };
    },
  };
}
