import type { Database } from '@deai/db';
import type { PoolClient } from 'pg';
import type { SigningKeyStore, StoredSigningKey } from '../domain/ports.ts';

/** Any constant will do, as long as every instance uses the same one. */
const LOCK_KEY = 3_245_122;

const LIST = `select id, public_jwk as "publicJwk", sealed_private_key as "sealedPrivateKey", signs_from as "signsFrom"
from auth.signing_key order by signs_from, id`;
const INSERT = 'insert into auth.signing_key (id, public_jwk, sealed_private_key, signs_from) values ($1, $2, $3, $4)';

async function list(client: PoolClient): Promise<StoredSigningKey[]> {
  return (await client.query<StoredSigningKey>(LIST)).rows;
}

/** Signing keys in PostgreSQL; changes take turns under an advisory lock, so that instances which start together agree on one key. */
export function createPgSigningKeyStore(db: Database): SigningKeyStore {
  return {
    update: (decide) =>
      db.transaction(async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
        const present = await list(client);
        const { add, drop } = await decide(present);
        if (!add && drop.length === 0) return present;
        if (add) await client.query(INSERT, [add.id, JSON.stringify(add.publicJwk), add.sealedPrivateKey, add.signsFrom]);
        await client.query('delete from auth.signing_key where id = any($1)', [drop]);
        return await list(client);
      }),
  };
}
