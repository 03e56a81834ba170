import type { Database } from '@deai/db';
import type { PoolClient } from 'pg';
import type { SigningKeyStore, StoredSigningKey } from '../domain/ports.ts';

/** Tables of keys, each with its lock: any constant will do, as long as every instance uses the same one. */
const LOCK_KEYS = { signing_key: 3_245_122, network_key: 3_245_123 } as const;

type KeyTable = keyof typeof LOCK_KEYS;

async function list(client: PoolClient, table: KeyTable): Promise<StoredSigningKey[]> {
  const sql = `select id, public_jwk as "publicJwk", sealed_private_key as "sealedPrivateKey", signs_from as "signsFrom"
from auth.${table} order by signs_from, id`;
  return (await client.query<StoredSigningKey>(sql)).rows;
}

/** Signing keys in PostgreSQL; changes take turns under an advisory lock, so that instances which start together agree on one key. */
export function createPgSigningKeyStore(db: Database, table: KeyTable): SigningKeyStore {
  const insert = `insert into auth.${table} (id, public_jwk, sealed_private_key, signs_from) values ($1, $2, $3, $4)`;
  return {
    update: (decide) =>
      db.transaction(async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEYS[table]]);
        const present = await list(client, table);
        const { add, drop } = await decide(present);
        if (!add && drop.length === 0) return present;
        if (add) await client.query(insert, [add.id, JSON.stringify(add.publicJwk), add.sealedPrivateKey, add.signsFrom]);
        await client.query(`delete from auth.${table} where id = any($1)`, [drop]);
        return await list(client, table);
      }),
  };
}
