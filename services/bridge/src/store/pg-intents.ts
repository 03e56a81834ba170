import type { Database } from '@deai/db';
import type { BatchChange, Intent, IntentKind, SettlementStore } from '../domain/ports.ts';

type Intents = Pick<SettlementStore, 'addIntent' | 'nextIntent' | 'nextNonce' | 'sign' | 'release' | 'finish'>;

interface IntentRow {
  id: number;
  kind: IntentKind;
  number: number;
  state: 'waiting' | 'signed' | 'done';
  tx_hash: string | null;
  tx_bytes: string | null;
  nonce: string | null;
  attempts: number;
  error: string | null;
  not_before: Date;
}

/** The outbox of intents. Every write asks for the state that it changes. */
export function createPgIntents(db: Database): Intents {
  return {
    async addIntent(kind, number) {
      await db.query('insert into bridge.intent (kind, number) values ($1, $2) on conflict (kind, number) do nothing', [kind, number]);
    },
    async nextIntent() {
      const { rows } = await db.query<IntentRow>(
        `select id, kind, number, state, tx_hash, tx_bytes, nonce, attempts, error, not_before
         from bridge.intent where state <> 'done' order by id limit 1`,
      );
      return rows[0] && intentOf(rows[0]);
    },
    async nextNonce(usedByKey) {
      const { rows } = await db.query<{ nonce: string }>(
        `select greatest((select max(nonce) from bridge.intent), (select max(nonce) from bridge.claim), $1::numeric)::text as nonce`,
        [usedByKey.toString()],
      );
      return BigInt(rows[0]?.nonce ?? usedByKey) + 1n;
    },
    async sign(id, { hash, bytes, nonce }) {
      const { rowCount } = await db.query(
        `update bridge.intent set state = 'signed', tx_hash = $2, tx_bytes = $3, nonce = $4, attempts = attempts + 1
         where id = $1 and state = 'waiting'`,
        [id, hash, bytes, nonce.toString()],
      );
      return rowCount === 1;
    },
    async release(id, hash, error, retryAtMs) {
      await db.query(
        `update bridge.intent set state = 'waiting', error = $3, not_before = $4 where id = $1 and state = 'signed' and tx_hash = $2`,
        [id, hash, error.slice(0, 1_000), new Date(retryAtMs)],
      );
    },
    finish: (id, change) => finish(db, id, change),
  };
}

function intentOf(row: IntentRow): Intent {
  const { tx_hash: hash, tx_bytes: bytes, nonce } = row;
  const signed = row.state === 'signed' && hash && bytes && nonce ? { hash, bytes, nonce: BigInt(nonce) } : undefined;
  const { id, kind, number, attempts, error } = row;
  return { id, kind, number, signed, attempts, error: error ?? undefined, notBeforeMs: row.not_before.getTime() };
}

async function finish(db: Database, id: number, change: BatchChange | undefined): Promise<void> {
  await db.transaction(async (client) => {
    const { rows } = await client.query<{ number: number }>(
      `update bridge.intent set state = 'done', error = null, ended_at = now() where id = $1 and state <> 'done' returning number`,
      [id],
    );
    const number = rows[0]?.number;
    if (number === undefined || !change) return;
    if (change.to === 'posted') {
      await client.query(
        `update bridge.batch set state = 'posted', posted_at = $2, final_from = $3 where number = $1 and state = 'waiting'`,
        [number, new Date(change.postedAtMs), new Date(change.finalFromMs)],
      );
      return;
    }
    await client.query(`update bridge.batch set state = 'final', final_at = now() where number = $1 and state = 'posted'`, [number]);
    await client.query('delete from bridge.delta where number = $1', [number]);
  });
}
