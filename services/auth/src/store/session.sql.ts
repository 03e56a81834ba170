import type { PoolClient } from 'pg';
import type { NewSession } from '../domain/ports.ts';

const INSERT_SESSION = 'insert into auth.session (id, user_id, expires_at) values ($1, $2, $3)';
const INSERT_TOKEN = 'insert into auth.refresh_token (hash, session_id, expires_at) values ($1, $2, $3)';

/** Opens a session with its first refresh token, inside a transaction. */
export async function insertSession(client: PoolClient, userId: string, { id, tokenHash, expiresAt }: NewSession): Promise<void> {
  await client.query(INSERT_SESSION, [id, userId, expiresAt]);
  await insertToken(client, id, tokenHash, expiresAt);
}

/** Adds a refresh token to a session, inside a transaction. */
export async function insertToken(client: PoolClient, sessionId: string, tokenHash: Buffer, expiresAt: Date): Promise<void> {
  await client.query(INSERT_TOKEN, [tokenHash, sessionId, expiresAt]);
}
