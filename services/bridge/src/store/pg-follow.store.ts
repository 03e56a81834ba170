import { type Database, recordSet } from '@deai/db';
import type { FollowedAccount, FollowedNode, FollowStore } from '../domain/ports.ts';

interface AccountRow {
  account: string;
  escrow: string;
  requested: string;
  requested_at: Date | null;
  version: number;
}
interface NodeRow {
  account: string;
  node_key: string;
  stake: string;
  unstaking: string;
  seq: number;
  version: number;
}

const ACCOUNTS = recordSet({ account: 'text', escrow: 'numeric', requested: 'numeric', requested_at: 'timestamptz', seq: 'bigint' });
const NODES = recordSet({ account: 'text', node_key: 'text', stake: 'numeric', unstaking: 'numeric', seq: 'bigint', at: 'timestamptz' });
const TOLD = recordSet({ account: 'text', version: 'bigint' });
const TOLD_NODES = recordSet({ account: 'text', node_key: 'text', version: 'bigint' });

const NOTE_ACCOUNTS = `
insert into bridge.chain_account as a (account, escrow, requested, requested_at, seq)
select account, escrow, requested, requested_at, seq from ${ACCOUNTS.source}
on conflict (account) do update set escrow = excluded.escrow, requested = excluded.requested, seq = excluded.seq, told = false,
  version = a.version + 1,
  -- Any change may have been a request made anew, which starts its time anew.
  requested_at = excluded.requested_at
where a.seq < excluded.seq`;

/** Who has deposited stays among the charges for good. */
const NOTE_DEPOSITORS = `
insert into bridge.total (account, depositor) select account, true from ${ACCOUNTS.source} where escrow > 0
on conflict (account) do update set depositor = true where not total.depositor`;

const NOTE_NODES = `
insert into bridge.chain_node as n (account, node_key, stake, unstaking, seq) select account, node_key, stake, unstaking, seq from ${NODES.source}
on conflict (node_key, account) do update set stake = excluded.stake, unstaking = excluded.unstaking, seq = excluded.seq, told = false,
  version = n.version + 1 where n.seq < excluded.seq`;

/** What changed is kept as history. Before it is noted, as that tells what it was. */
const NOTE_HISTORY = `
insert into bridge.account_event (account, at, kind, node_key, stake, unstaking)
select x.account, x.at, 'stake', x.node_key, x.stake, x.unstaking from ${NODES.source}
left join bridge.chain_node n on n.node_key = x.node_key and n.account = x.account
where n.seq is null or (n.seq < x.seq and (n.stake, n.unstaking) <> (x.stake, x.unstaking))
order by x.seq`;

const accountOf = ({ account, escrow, requested, requested_at }: AccountRow): FollowedAccount => ({
  account,
  escrowYocto: BigInt(escrow),
  requestedYocto: BigInt(requested),
  requestedAtMs: requested_at?.getTime(),
});
const nodeOf = ({ account, node_key, stake, unstaking, seq }: NodeRow): FollowedNode => ({
  account,
  nodeKey: node_key,
  stakeYocto: BigInt(stake),
  unstakingYocto: BigInt(unstaking),
  seq,
});

/** What was seen of the contract, in PostgreSQL. */
export function createPgFollowStore(db: Database): FollowStore {
  async function accountsOf(accounts: readonly string[]): Promise<Map<string, FollowedAccount>> {
    const { rows } = await db.query<AccountRow>('select * from bridge.chain_account where account = any($1)', [accounts]);
    return new Map(rows.map((row) => [row.account, accountOf(row)]));
  }
  return {
    accounts: accountsOf,
    account: async (account) => (await accountsOf([account])).get(account),
    async seq() {
      const { rows } = await db.query<{ seq: number }>('select seq from bridge.followed');
      return rows[0]?.seq ?? 0;
    },
    note: ({ after, seq, atMs }, accounts, nodes) =>
      db.transaction(async (client) => {
        const { rowCount } = await client.query('update bridge.followed set seq = $2 where seq = $1', [after, seq]);
        if (rowCount !== 1) return false;
        const accountRows = ACCOUNTS.values(
          accounts.map(({ account, escrowYocto, requestedYocto, seq }) => ({
            account,
            escrow: `${escrowYocto}`,
            requested: `${requestedYocto}`,
            requested_at: requestedYocto > 0n ? new Date(atMs).toISOString() : null,
            seq,
          })),
        );
        await client.query(NOTE_ACCOUNTS, accountRows);
        await client.query(NOTE_DEPOSITORS, accountRows);
        const nodeRows = NODES.values(
          nodes.map((n) => ({
            account: n.account,
            node_key: n.nodeKey,
            stake: `${n.stakeYocto}`,
            unstaking: `${n.unstakingYocto}`,
            seq: n.seq,
            at: new Date(atMs).toISOString(),
          })),
        );
        await client.query(NOTE_HISTORY, nodeRows);
        await client.query(NOTE_NODES, nodeRows);
        return true;
      }),
    async stakesOf(account) {
      const { rows } = await db.query<NodeRow>(
        'select * from bridge.chain_node where account = $1 and stake + unstaking > 0 order by node_key limit 1000',
        [account],
      );
      return rows.map(nodeOf);
    },
    async lastRequestMs(beforeMs) {
      const { rows } = await db.query<{ at: Date | null }>(
        'select max(requested_at) as at from bridge.chain_account where requested_at < $1',
        [new Date(beforeMs)],
      );
      return rows[0]?.at?.getTime();
    },
    async untold(limit) {
      // In no order: accounts that owe for long must not stand in the way of others.
      const [accounts, nodes] = await Promise.all([
        db.query<AccountRow>('select * from bridge.chain_account where not told order by random() limit $1', [limit]),
        db.query<NodeRow>('select * from bridge.chain_node where not told order by node_key, account limit $1', [limit]),
      ]);
      return {
        accounts: accounts.rows.map((row) => ({ ...accountOf(row), version: row.version })),
        nodes: nodes.rows.map((row) => ({ ...nodeOf(row), version: row.version })),
      };
    },
    async toldAccounts(accounts) {
      await db.query(
        `update bridge.chain_account a set told = true from ${TOLD.source} where x.account = a.account and x.version = a.version`,
        TOLD.values(accounts.map(({ account, version }) => ({ account, version }))),
      );
    },
    async toldNodes(nodes) {
      await db.query(
        `update bridge.chain_node n set told = true from ${TOLD_NODES.source}
         where x.node_key = n.node_key and x.account = n.account and x.version = n.version`,
        TOLD_NODES.values(nodes.map(({ account, nodeKey, version }) => ({ account, node_key: nodeKey, version }))),
      );
    },
  };
}
