import type { NodeCapability, NodeInfo, NodeMetrics, NodeMode } from '@deai/protocol';
import { LARGEST_STAKE } from './node-stakes.ts';

export interface NodeRow {
  id: string;
  operator_id: string;
  public_key: string;
  name: string;
  region: string;
  mode: NodeMode;
  credits: number;
  memory_mib: number;
  agent_version: string | null;
  hardware: unknown;
  metrics: NodeMetrics | null;
  registered_at: Date;
  connected_at: Date | null;
  last_seen_at: Date | null;
  connected: boolean;
  stake: string | null;
  stake_account: string | null;
  capabilities: NodeCapability[] | null;
}

/** SQL that is true for a node whose session is alive; `$1` is the number of ms after which a silent node is offline. */
export const CONNECTED = "(n.session_id is not null and n.last_seen_at > now() - $1 * interval '1 millisecond')";

/** Where {@link NODE_COLUMNS} come from. */
export const NODE_TABLES = `nodes.node n left join ${LARGEST_STAKE} on true`;

/** Columns of a {@link NodeRow}; `$1` as in {@link CONNECTED}. */
export const NODE_COLUMNS = `n.id, n.operator_id, n.public_key, n.name, n.region, n.mode, n.credits, n.memory_mib, n.agent_version, n.hardware,
  n.metrics, n.registered_at, n.connected_at, n.last_seen_at, ${CONNECTED} as connected, s.stake, s.account_id as stake_account,
  (select jsonb_agg(jsonb_build_object('kind', g.kind, 'models', g.models, 'unitsPerSecond', g.speed) order by g.kind)
   from (select kind, jsonb_agg(model order by model) as models, max(units_per_second) as speed
         from nodes.capability c where c.node_id = n.id group by kind) g) as capabilities`;

/** A row as the API shows it. */
export function nodeInfoOf(row: NodeRow): NodeInfo {
  return {
    id: row.id,
    name: row.name,
    operatorId: row.operator_id,
    publicKey: row.public_key,
    region: row.region,
    status: !row.connected ? 'offline' : row.mode === 'maintenance' ? 'maintenance' : 'online',
    draining: row.mode === 'drain',
    capabilities: row.capabilities ?? [],
    credits: row.credits,
    memoryMiB: row.memory_mib,
    agentVersion: row.agent_version,
    hardware: row.hardware ?? null,
    metrics: row.connected ? row.metrics : null,
    registeredAt: row.registered_at.toISOString(),
    connectedAt: row.connected_at?.toISOString() ?? null,
    lastSeenAt: row.last_seen_at?.toISOString() ?? null,
    stakeYocto: row.stake ?? '0',
    stakeAccount: row.stake_account,
  };
}
