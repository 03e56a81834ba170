import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeaiError, isErrorCode, NodeRegistered } from '@deai/protocol';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { writePrivateFile } from '../local/private-file.ts';

const REQUEST_TIMEOUT_MS = 15_000;

const StoredRegistration = Type.Object({ ...NodeRegistered.properties, publicKey: Type.String(), serverUrl: Type.String() });
/** Who the node is on a server. */
export type Registration = Static<typeof StoredRegistration>;

const isStored = Compile(StoredRegistration);
const isRegistered = Compile(NodeRegistered);

export interface RegisterOptions {
  serverUrl: string;
  apiKey: string;
  publicKey: string;
  name: string;
  region: string;
  dataDir: string;
}

/**
 * The node's registration: the remembered one when it is for this key and server, else (or with `again`) from the server.
 * @throws DeaiError with the server's code when it refuses; `UNAVAILABLE` when it cannot be reached or answers nonsense.
 */
export async function registerNode(options: RegisterOptions, again = false): Promise<Registration> {
  const path = join(options.dataDir, 'registration.json');
  const known = again ? undefined : await readStored(path);
  if (known && known.publicKey === options.publicKey && known.serverUrl === options.serverUrl) return known;
  const registered = await askServer(options);
  const registration = { ...registered, publicKey: options.publicKey, serverUrl: options.serverUrl };
  await writePrivateFile(path, JSON.stringify(registration, null, 2));
  return registration;
}

/** What an earlier run remembered in the folder, whatever the server. */
export function readRegistration(dataDir: string): Promise<Registration | undefined> {
  return readStored(join(dataDir, 'registration.json'));
}

async function readStored(path: string): Promise<Registration | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isStored.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function askServer({ serverUrl, apiKey, publicKey, name, region }: RegisterOptions): Promise<NodeRegistered> {
  const url = `${serverUrl.replace(/\/+$/, '')}/api/v1/nodes/register`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ publicKey, name, region }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      redirect: 'error',
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw refusal(response.status, body);
    if (isRegistered.Check(body)) return body;
  } catch (error) {
    if (error instanceof DeaiError) throw error;
    throw new DeaiError('UNAVAILABLE', { url, hint: 'Is the server running, and is its address right?' }, { cause: error });
  }
  throw new DeaiError('UNAVAILABLE', { url, hint: 'The answer is not that of a DeAI server.' });
}

function refusal(status: number, body: unknown): DeaiError {
  const error = (body as { error?: { code?: unknown; details?: unknown } } | undefined)?.error;
  const code = String(error?.code ?? '');
  const details = typeof error?.details === 'object' && error.details !== null ? { ...error.details } : {};
  return isErrorCode(code) ? new DeaiError(code, { ...details, status }) : new DeaiError('UNAVAILABLE', { status });
}
