import type { Database } from '@deai/db';
import type { NodeOffer } from '@deai/protocol';
import type { NodeStore } from '../domain/ports.ts';

const OPEN = `
update nodes.node
set session_id = $2, instance_id = $3, credits = $4, memory_mib = $5, agent_version = $6, hardware = $7,
    region = $8, connected_at = now(), last_seen_at = now()
where id = $1`;

const REPLACE_CAPABILITIES = `
with given as (
  select kind, model, max(units_per_second) as speed
  from jsonb_to_recordset($2::jsonb) as x(kind text, model text, units_per_second double precision) group by kind, model
), gone as (
  delete from nodes.capability c where c.node_id = $1
    and not exists (select from given g where g.kind = c.kind and g.model = c.model) returning 1
), come as (
  insert into nodes.capability (node_id, kind, model, units_per_second) select $1, kind, model, speed from given
  on conflict (kind, model, node_id) do update set units_per_second = excluded.units_per_second
  returning (xmax = 0) as is_new
)
select (select count(*) from gone) + (select count(*) from come where is_new) as changes`;

const BEAT = `
with x as (
  select * from jsonb_to_recordset($1::jsonb) as b(node_id uuid, session_id uuid, metrics jsonb, seen timestamptz)
), kept as (
  update nodes.node n set last_seen_at = x.seen, metrics = coalesce(x.metrics, n.metrics)
  from x where n.id = x.node_id and n.session_id = x.session_id returning x.session_id
)
select session_id from x where session_id not in (select session_id from kept)`;

type Sessions = Pick<NodeStore, 'openSession' | 'closeSession' | 'beat'>;

/** Sessions and heartbeats. */
export function createNodeSessions(db: Database): Sessions {
  return {
    openSession(nodeId, sessionId, instanceId, offer: NodeOffer) {
      const models = offer.capabilities.flatMap((c) =>
        c.models.map((model) => ({ kind: c.kind, model, units_per_second: c.unitsPerSecond })),
      );
      return db.transaction(async (client) => {
        await client.query(OPEN, [
          nodeId,
          sessionId,
          instanceId,
          offer.credits,
          offer.memoryMiB,
          offer.agentVersion,
          JSON.stringify(offer.hardware),
          offer.region,
        ]);
        const { rows } = await client.query<{ changes: string }>(REPLACE_CAPABILITIES, [nodeId, JSON.stringify(models)]);
        return Number(rows[0]?.changes ?? 0) > 0;
      });
    },
    async closeSession(nodeId, sessionId) {
      await db.query('update nodes.node set session_id = null, last_seen_at = now() where id = $1 and session_id = $2', [
        nodeId,
        sessionId,
      ]);
    },
    async beat(beats) {
      const rows = beats.map((b) => ({
        node_id: b.nodeId,
        session_id: b.sessionId,
        metrics: b.metrics,
        seen: new Date(b.atMs).toISOString(),
      }));
      const answer = await db.query<{ session_id: string }>(BEAT, [JSON.stringify(rows)]);
      return answer.rows.map((row) => row.session_id);
    },
  };
}
