import type { Database } from '@deai/db';
import { DeaiError, isUuid, type NodeMode, type NodeQuery, type NodeRegisterRequest, newId } from '@deai/protocol';
import type { NodeIdentity, NodeStore } from '../domain/ports.ts';
import { createNodeCounts } from './node-counts.ts';
import { CONNECTED, NODE_COLUMNS, NODE_TABLES, type NodeRow, nodeInfoOf } from './node-row.ts';
import { createNodeSessions } from './node-sessions.ts';
import { createNodeStakes, STAKED } from './node-stakes.ts';

const DEFAULT_REGION = 'local';

interface IdentityRow {
  id: string;
  operator_id: string;
  public_key: string;
  region: string;
  mode: NodeMode;
  staked: boolean;
}

const identityOf = (row: IdentityRow): NodeIdentity => ({
  id: row.id,
  operatorId: row.operator_id,
  publicKey: row.public_key,
  region: row.region,
  mode: row.mode,
  staked: row.staked,
});

const IDENTITY = `n.id, n.operator_id, n.public_key, n.region, n.mode, ${STAKED} as staked`;

const REGISTER = `
insert into nodes.node as n (id, operator_id, public_key, name, region) values ($1, $2, $3, $4, $5)
on conflict (public_key) do update set name = excluded.name, region = excluded.region
where n.operator_id = excluded.operator_id
returning ${IDENTITY}`;

/** What counts as a node. */
export interface NodeRules {
  /** A node silent for longer is offline. */
  offlineMs: number;
  /** A node without the least stake is not capable of any task. */
  requireStake: boolean;
}

/** The node store on PostgreSQL. */
export function createPgNodeStore(db: Database, rules: NodeRules): NodeStore {
  const { offlineMs } = rules;
  return {
    ...createNodeSessions(db),
    ...createNodeCounts(db, rules),
    ...createNodeStakes(db),
    async register(operatorId, { publicKey, name, region = DEFAULT_REGION }: NodeRegisterRequest) {
      const { rows } = await db.query<IdentityRow>(REGISTER, [newId(), operatorId, publicKey, name, region]);
      if (!rows[0])
        throw new DeaiError('NODE_KEY_TAKEN', { hint: 'Let this node make a key of its own: start it with another data folder.' });
      return identityOf(rows[0]);
    },
    async identity(nodeId) {
      const { rows } = await db.query<IdentityRow>(`select ${IDENTITY} from nodes.node n where n.id = $1`, [nodeId]);
      return rows[0] && identityOf(rows[0]);
    },
    async publicKeys(nodeIds) {
      const sql = 'select id, public_key as "publicKey" from nodes.node where id = any($1)';
      return (await db.query<{ id: string; publicKey: string }>(sql, [nodeIds])).rows;
    },
    async setMode(nodeId, mode) {
      await db.query('update nodes.node set mode = $2 where id = $1', [nodeId, mode]);
    },
    async get(nodeId) {
      const { rows } = await db.query<NodeRow>(`select ${NODE_COLUMNS} from ${NODE_TABLES} where n.id = $2`, [offlineMs, nodeId]);
      return rows[0] && nodeInfoOf(rows[0]);
    },
    list: (query, operatorId) => list(db, offlineMs, query, operatorId),
  };
}

const STATUS_CONDITIONS = {
  online: `${CONNECTED} and n.mode <> 'maintenance'`,
  maintenance: `${CONNECTED} and n.mode = 'maintenance'`,
  offline: `coalesce(${CONNECTED}, false) = false`,
} as const;

/** A page of nodes, newest first; the cursor is the last id of the page before. */
async function list(db: Database, offlineMs: number, query: NodeQuery, operatorId: string | undefined) {
  const { limit = 50, cursor } = query;
  if (cursor !== undefined && !isUuid(cursor)) throw new DeaiError('INVALID_CURSOR', { cursor });
  const values: unknown[] = [offlineMs, limit + 1];
  const where = ['true'];
  const add = (condition: (n: string) => string, value: unknown) => {
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  if (cursor) add((n) => `n.id < ${n}`, cursor);
  if (operatorId) add((n) => `n.operator_id = ${n}`, operatorId);
  if (query.kind) add((n) => `exists (select from nodes.capability c where c.node_id = n.id and c.kind = ${n})`, query.kind);
  if (query.status) where.push(STATUS_CONDITIONS[query.status]);
  const { rows } = await db.query<NodeRow>(
    `select ${NODE_COLUMNS} from ${NODE_TABLES} where ${where.join(' and ')} order by n.id desc limit $2`,
    values,
  );
  const page = rows.slice(0, limit);
  return { items: page.map(nodeInfoOf), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}
