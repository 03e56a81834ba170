import { fileURLToPath } from 'node:url';
import type { TaskKind } from '@deai/protocol';
import { type SpawnedProcess, spawnProcess, tempDir, waitFor } from '@deai/testkit';
import type { Account } from './accounts.ts';

/** A node agent in a process of its own, with the executors that it ships. */
export interface AgentProcess {
  readonly nodeId: string;
  readonly process: SpawnedProcess;
  /** Ends it without a warning. Resolves when it is gone. */
  crash(): Promise<void>;
}

export interface AgentProcessOptions {
  serverUrl: string;
  operator: Account;
  kinds: TaskKind[];
}

const MAIN = fileURLToPath(new URL('../../../apps/node-agent/src/main.ts', import.meta.url));
const START_MS = 60_000;

/** Starts an agent and resolves when it has measured its executors and its session is open. */
export async function startAgent({ serverUrl, operator, kinds }: AgentProcessOptions): Promise<AgentProcess> {
  const child = await spawnProcess(process.execPath, [MAIN], {
    env: {
      DEAI_SERVER_URL: serverUrl,
      DEAI_API_KEY: operator.apiKey,
      DEAI_NODE_DATA_DIR: await tempDir('deai-e2e-node-'),
      DEAI_NODE_KINDS: kinds.join(','),
      DEAI_NODE_CONCURRENCY: kinds.map((kind) => `${kind}=1`).join(','),
      DEAI_LOG_LEVEL: 'info',
    },
  });
  const [, nodeId = ''] = await child.waitForOutput(/"nodeId":"([^"]+)".*"the node is up"/, { timeoutMs: START_MS });
  await waitFor(async () => (await operator.client.nodes.get(nodeId)).status === 'online', { timeoutMs: START_MS, what: 'the session' });
  return {
    nodeId,
    process: child,
    async crash() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}
