import { readFile } from 'node:fs/promises';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { readRegistration } from '../identity/registration.ts';
import { AGENT_VERSION } from '../version.ts';
import { AgentStatus } from './agent-status.ts';
import { controlPath } from './control-server.ts';

const ANSWER_MS = 3_000;

const isControlFile = Compile(Type.Object({ pid: Type.Integer(), port: Type.Integer(), token: Type.String() }));
const isStatus = Compile(AgentStatus);

/**
 * Status of the agent that uses a data folder: its own words while it runs, else `stopped` with what the folder remembers.
 * `undefined` when the folder was never an agent's.
 */
export async function readAgentStatus(dataDir: string): Promise<AgentStatus | undefined> {
  return (await ask(dataDir, 'GET', '/status')) ?? (await remembered(dataDir));
}

/** Asks the running agent of a data folder to finish its work and end. Answers its status, or `undefined` when none runs. */
export function requestDrain(dataDir: string): Promise<AgentStatus | undefined> {
  return ask(dataDir, 'POST', '/drain');
}

/** Status of a running agent; `undefined` when none answers. */
async function ask(dataDir: string, method: string, path: string): Promise<AgentStatus | undefined> {
  try {
    const file: unknown = JSON.parse(await readFile(controlPath(dataDir), 'utf8'));
    if (!isControlFile.Check(file)) return undefined;
    const response = await fetch(`http://127.0.0.1:${file.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${file.token}`, connection: 'close' },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    // After a crash the port may belong to another program: it does not know the token and gives no status.
    const status: unknown = response.ok ? await response.json() : undefined;
    return isStatus.Check(status) ? status : undefined;
  } catch {
    return undefined;
  }
}

async function remembered(dataDir: string): Promise<AgentStatus | undefined> {
  const registration = await readRegistration(dataDir);
  if (!registration) return undefined;
  const { nodeId, networkId, publicKey, serverUrl } = registration;
  const none = { running: 0, queued: 0, completed: 0, failed: 0, spooled: 0, uptimeS: 0, pid: null, metricsPort: null };
  return { state: 'stopped', nodeId, networkId, publicKey, serverUrl, name: '', capabilities: [], agentVersion: AGENT_VERSION, ...none };
}
