import type { Database } from '@deai/db';
import type { NodeStore } from '../domain/ports.ts';

/** $1 states, $2 the least stake. In the order of keys, so that two calls cannot deadlock. */
const SYNC = `
with given as (
  select distinct on (public_key, account_id) *
  from jsonb_to_recordset($1::jsonb) as x(public_key text, account_id text, operator_id uuid, stake numeric, seq bigint)
  order by public_key, account_id, seq desc
), stored as (
  insert into nodes.stake as s (public_key, account_id, operator_id, stake, seq)
  select public_key, account_id, operator_id, stake, seq from given order by public_key, account_id
  on conflict (public_key, account_id) do update set operator_id = excluded.operator_id, stake = excluded.stake, seq = excluded.seq
  -- An account that was linked since is told again, at the same number.
  where s.seq < excluded.seq or (s.seq = excluded.seq and s.operator_id is distinct from excluded.operator_id)
  returning 1
), least as (
  insert into nodes.least_stake as l (amount) values ($2)
  on conflict (one) do update set amount = excluded.amount where l.amount <> excluded.amount
  returning 1
)
select exists (select from stored) or exists (select from least) as changed`;

const LEAST = 'select amount::text as amount from nodes.least_stake';

/** SQL that is true for a node `n` with the least stake behind it. */
export const STAKED = `exists (select from nodes.stake s, nodes.least_stake l
  where s.public_key = n.public_key and coalesce(s.operator_id, n.operator_id) = n.operator_id and s.stake >= l.amount)`;

/** The largest stake that counts for a node `n`, as `s`. */
export const LARGEST_STAKE = `lateral (select s.stake, s.account_id from nodes.stake s
  where s.public_key = n.public_key and coalesce(s.operator_id, n.operator_id) = n.operator_id and s.stake > 0
  order by s.stake desc, s.account_id limit 1) s`;

type Stakes = Pick<NodeStore, 'syncStakes' | 'leastStakeYocto' | 'stakedOf'>;

/** What stands behind nodes on chain. */
export function createNodeStakes(db: Database): Stakes {
  return {
    async syncStakes(stakes, leastStakeYocto) {
      const states = stakes.map((s) => ({
        public_key: s.publicKey,
        account_id: s.accountId,
        operator_id: s.operatorId,
        stake: s.stakeYocto,
        seq: s.seq,
      }));
      const { rows } = await db.query<{ changed: boolean }>(SYNC, [JSON.stringify(states), leastStakeYocto]);
      return rows[0]?.changed === true;
    },
    async leastStakeYocto() {
      return (await db.query<{ amount: string }>(LEAST)).rows[0]?.amount ?? null;
    },
    async stakedOf(nodeIds) {
      const { rows } = await db.query<{ id: string }>(`select n.id from nodes.node n where n.id = any($1) and ${STAKED}`, [nodeIds]);
      return new Set(rows.map(({ id }) => id));
    },
  };
}
