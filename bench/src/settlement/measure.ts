import { join } from 'node:path';
import { createBridge, loadBridgeConfig } from '@deai/bridge';
import { type LocalChain, startLocalChain } from '@deai/local-chain';
import { createNearChain, type DeployedNetwork, deployNetwork } from '@deai/near';
import { createFolderStore } from '@deai/objects';
import { newId, newKeyPair, type Principal, type SettlementStatus, type TaskRequest } from '@deai/protocol';
import { createLogger, createMetrics, type Service } from '@deai/service-kit';
import type { CoreContext } from '../core/context.ts';
import { serveInstantNodes } from '../core/instant-nodes.ts';
import { PAYLOAD } from '../peers/participant.ts';

const WASM = join(import.meta.dirname, '../../../contracts/wasm');
const TASK: TaskRequest = { kind: 'language-id', input: PAYLOAD };
const BULK = 500;
const TOGETHER = 4;
const ROUND_MS = 50;

/** What settling many completed tasks took. */
export interface SettlementFigures {
  tasks: number;
  batches: number;
  /** From the first look at the completion log until the last batch is on chain. */
  seconds: number;
  receiptsPerSecond: number;
  /** Processor time of this process (bridge, task manager, and the chain itself) for a receipt, in µs. */
  cpuUsPerReceipt: number;
  /** Longest time that the event loop was kept from other work, in ms. */
  longestBlockMs: number;
  /** Gas burnt by posting and making final, all receipts included, for a task. */
  gasPerTask: number;
  /** Bytes of the contract's state that a batch leaves behind, for a task. */
  stateBytesPerTask: number;
  /** The same two when batches hold what completes in five seconds at 4,000 tasks/s. */
  atTarget: { gasPerTask: number; stateBytesPerTask: number };
}

const AT_TARGET = 5 * 4_000;

export async function completeTasks(core: CoreContext, tasks: number): Promise<void> {
  const key = newKeyPair().publicKey;
  await core.bus.serve('nodes.publicKeys', async ({ ids }) => ({ items: ids.map((id) => ({ id, publicKey: key })) }));
  const nodes = await serveInstantNodes(core.bus);
  await core.start();
  const principal: Principal = {
    userId: newId(),
    roles: ['requester'],
    scopes: ['tasks:read', 'tasks:write'],
    via: 'api-key',
    credentialId: newId(),
  };
  await core.bus.request('rewards.openAccount', { userId: principal.userId });
  let done = 0;
  const finished = Promise.withResolvers<void>();
  await nodes.open((count) => {
    done += count;
    if (done >= tasks) finished.resolve();
  });
  let left = tasks;
  const submitSome = async () => {
    while (left > 0) {
      const count = Math.min(BULK, left);
      left -= count;
      await core.bus.request('tasks.submit', { principal, tasks: Array.from({ length: count }, () => TASK) });
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, submitSome));
  await finished.promise;
  await nodes.close();
}

/** Settles all that completed, with the bridge as it ships, on a local chain in this process. */
export async function measureSettlement(core: CoreContext, folder: string, tasks: number): Promise<SettlementFigures> {
  const local = await startLocalChain({ dataDir: join(folder, 'chain') });
  const chain = createNearChain({ rpcUrl: local.rpcUrl });
  const deployed = await deployNetwork(chain, local.root, {
    chainId: 'deai-local',
    credentialsDir: join(folder, 'keys'),
    wasm: { token: join(WASM, 'deai_token.wasm'), compute: join(WASM, 'deai_compute.wasm') },
    config: { challenge_ms: 1_000 },
  });
  const storageBefore = local.chain.viewAccount(deployed.computeId).storage_usage;
  const service = await startBridge(core, folder, local, deployed);
  const begun = { at: performance.now(), cpu: process.cpuUsage() };
  const blocks = watchBlocks();
  await service.start();
  const posted = await until(core, ({ receipts, batches }) => receipts === tasks && batches.waiting === 0);
  const seconds = (performance.now() - begun.at) / 1_000;
  const cpu = process.cpuUsage(begun.cpu);
  const longestBlockMs = blocks.stop();
  await until(core, ({ batches }) => batches.posted === 0);
  const { items } = await core.bus.request('settlement.batches', { query: { limit: 1_000 } });
  let gas = 0n;
  for (const { postTx, finalTx } of items) {
    for (const hash of [postTx, finalTx]) {
      const status = await chain.status(hash as string, deployed.settler.accountId);
      if (status.state === 'final') gas += status.outcome.gasBurnt;
    }
  }
  const storage = local.chain.viewAccount(deployed.computeId).storage_usage - storageBefore;
  await service.stop();
  await local.close();
  const batches = posted.batches.lastNumber;
  return {
    tasks,
    batches,
    seconds,
    receiptsPerSecond: tasks / seconds,
    cpuUsPerReceipt: (cpu.user + cpu.system) / tasks,
    longestBlockMs,
    gasPerTask: Number(gas) / tasks,
    stateBytesPerTask: storage / tasks,
    atTarget: { gasPerTask: Number(gas) / batches / AT_TARGET, stateBytesPerTask: storage / batches / AT_TARGET },
  };
}

async function startBridge(core: CoreContext, folder: string, local: LocalChain, deployed: DeployedNetwork): Promise<Service> {
  const context = {
    bus: core.bus,
    db: core.db,
    objects: await createFolderStore({ directory: join(folder, 'batches') }),
    logger: createLogger({ level: 'warn', pretty: false }),
    metrics: createMetrics(),
  };
  return createBridge(
    context,
    loadBridgeConfig({
      NEAR_RPC_URL: local.rpcUrl,
      DEAI_CONTRACT_ACCOUNT: deployed.computeId,
      DEAI_TOKEN_ACCOUNT: deployed.tokenId,
      DEAI_SPONSOR_ACCOUNT: deployed.sponsorId,
      DEAI_SETTLER_CREDENTIALS: deployed.settlerPath,
    }),
  );
}

async function until(core: CoreContext, reached: (status: SettlementStatus) => boolean): Promise<SettlementStatus> {
  for (;;) {
    const status = await core.bus.request('settlement.status', {}).catch(() => undefined);
    if (status?.problem) throw new Error(status.problem);
    if (status && reached(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  }
}

function watchBlocks(): { stop(): number } {
  const every = 5;
  let [last, longest] = [performance.now(), 0];
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - every);
    last = now;
  }, every);
  return {
    stop() {
      clearInterval(timer);
      return longest;
    },
  };
}
