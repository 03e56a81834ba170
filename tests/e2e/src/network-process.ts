import { fileURLToPath } from 'node:url';
import type { ServiceName } from '@deai/protocol';
import { type SpawnedProcess, spawnProcess, tempDir } from '@deai/testkit';

/** Services in a process of their own, as a user runs them. */
export interface NetworkProcess {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly process: SpawnedProcess;
  /** Ends it without a warning, as a crash of the machine would. Resolves when it is gone. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** What to run and where. What is left out is made: a fresh folder, a free port, every service. */
export interface NetworkProcessOptions {
  dataDir?: string;
  port?: number;
  services?: ServiceName[];
  env?: Record<string, string>;
}

/** The program that users run. */
export const CLI: string = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));

const START_MS = 60_000;
const STOP_MS = 30_000;

const ENV = {
  DEAI_LOG_LEVEL: 'warn',
  // As shipped it is on; a chain and its contracts are started where a test is about them, or about everything.
  DEAI_SETTLEMENT: 'off',
  // All callers of a test come from one address.
  DEAI_GATEWAY_RATE_LIMIT: '0',
  DEAI_GATEWAY_AUTH_RATE_LIMIT: '0',
};

/** Starts services and resolves when they serve; what is left of them is killed at the end of the file. */
export async function startNetwork(options: NetworkProcessOptions = {}): Promise<NetworkProcess> {
  const dataDir = options.dataDir ?? (await tempDir('deai-e2e-'));
  const command = options.services ? ['serve', ...options.services] : ['up'];
  const args = [CLI, ...command, '--json', '--port', String(options.port ?? 0), '--data-dir', dataDir];
  const child = await spawnProcess(process.execPath, args, { env: { ...ENV, ...options.env } });
  const [, url = ''] = await child.waitForOutput(/"url": ?"([^"]+)"/, { timeoutMs: START_MS });
  return {
    url,
    port: Number(new URL(url).port),
    dataDir,
    process: child,
    async crash() {
      child.kill('SIGKILL');
      await child.exited;
    },
    async stop() {
      await child.stop({ timeoutMs: STOP_MS });
    },
  };
}
