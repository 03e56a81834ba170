import type { TaskKind } from '@deai/protocol';
import { type SpawnedProcess, spawnProcess, tempDir, waitFor } from '@deai/testkit';
import type { Account } from './accounts.ts';
import { CLI } from './network-process.ts';

/** A node agent in a process of its own, with the executors that it ships. */
export interface AgentProcess {
  readonly nodeId: string;
  readonly dataDir: string;
  readonly process: SpawnedProcess;
  /** Ends it without a warning. Resolves when it is gone. */
  crash(): Promise<void>;
}

export interface AgentProcessOptions {
  serverUrl: string;
  operator: Account;
  kinds: TaskKind[];
  /** Of a life before, to come back as the same node; a fresh folder when left out. */
  dataDir?: string;
  /** Further settings. */
  env?: Record<string, string>;
}

const START_MS = 60_000;

/** Starts an agent and resolves when it has measured its executors and its session is open. */
export async function startAgent({ serverUrl, operator, kinds, ...given }: AgentProcessOptions): Promise<AgentProcess> {
  const concurrency = kinds.map((kind) => `${kind}=1`).join(',');
  const dataDir = given.dataDir ?? (await tempDir('deai-e2e-node-'));
  const args = ['--url', serverUrl, 'node', 'start', '--json', '--data-dir', dataDir, '--kinds', kinds.join(',')];
  const child = await spawnProcess(process.execPath, [CLI, ...args, '--concurrency', concurrency], {
    env: { DEAI_API_KEY: operator.apiKey, DEAI_LOG_LEVEL: 'warn', ...given.env },
  });
  const [, nodeId = ''] = await child.waitForOutput(/"nodeId": ?"([^"]+)"/, { timeoutMs: START_MS });
  await waitFor(async () => (await operator.client.nodes.get(nodeId)).status === 'online', { timeoutMs: START_MS, what: 'the session' });
  return {
    nodeId,
    dataDir,
    process: child,
    async crash() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}
