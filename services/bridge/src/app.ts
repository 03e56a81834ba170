import type { Stop } from '@deai/bus';
import { createNearChain, type NearCredentials, NearError, readCredentials } from '@deai/near';
import { DeaiError } from '@deai/protocol';
import { createJob, type Job, type Service, type ServiceContext } from '@deai/service-kit';
import { serveCommands, settlementOff } from './commands.ts';
import type { BridgeConfig } from './config.ts';
import { createContract } from './domain/contract.ts';
import type { Bridge } from './flows/bridge.ts';
import { batchJson, createQueryFlow, type QueryFlow } from './flows/query.flow.ts';
import { createSettlement, type Settlement } from './flows/settle.ts';
import { createTrees } from './flows/trees.ts';
import { createPgClaims } from './store/pg-claims.ts';
import { createPgFollowStore } from './store/pg-follow.store.ts';
import { createPgLinkStore } from './store/pg-link.store.ts';
import { createPgSettlementStore } from './store/pg-settlement.store.ts';
import { createSettlementReads } from './store/pg-settlement-reads.ts';

/** Between two rounds of settlement; what a round does is bounded by the settings. */
const ROUND_MS = 250;

/** Of the outside world only this, and the chain that the configuration names. */
export type BridgeContext = Pick<ServiceContext, 'bus' | 'db' | 'objects' | 'logger' | 'metrics'>;

interface Open {
  bridge: Bridge;
  queries: QueryFlow;
  settlement: Settlement;
}

/** Settlement: what completed goes on chain in batches, and what happens on chain comes to the network. See README.md. */
export function createBridge(context: BridgeContext, config: BridgeConfig): Service {
  const { bus, logger, metrics } = context;
  const built = metrics.counter('deai_settlement_receipts_total', 'Work receipts put into settlement batches');
  let open: Open | undefined;
  let opening: Promise<Open> | undefined;
  let problem: string | undefined;
  let stopServing: Stop | undefined;
  let jobs: Job[] = [];

  async function opened(settler: NearCredentials): Promise<Open | undefined> {
    try {
      opening ??= openBridge(context, config, settler, (receipts) => built.inc(receipts));
      open = await opening;
      problem = undefined;
    } catch (error) {
      opening = undefined;
      if (!(error instanceof NearError)) throw error;
      if (problem === undefined) logger.warn({ err: error }, 'the contract cannot be read; tasks go on and are settled later');
      problem = `the chain: ${error.message}`;
    }
    return open;
  }
  const service: Service = {
    name: 'bridge',
    async start() {
      // Wrong credentials are told at once; a chain that is away is not.
      const settler = config.chain && (await readSettler(config.chain.credentialsFile));
      stopServing = await serveCommands(bus, {
        open() {
          if (!config.chain) throw settlementOff();
          if (!open) throw new DeaiError('CHAIN_UNAVAILABLE', { reason: problem ?? 'the contract was not read yet' });
          return open;
        },
        health: () => service.health(),
      });
      if (!settler) return;
      jobs = [
        createJob('settle', ROUND_MS, async () => await (await opened(settler))?.settlement.settle(), logger),
        createJob('follow', config.pollMs, async () => await (await opened(settler))?.settlement.follow(), logger),
      ];
      // Deposits first: the sponsor's must be known before the first batch. A chain that is away is waited for in the background.
      for (const job of jobs.toReversed()) void job.runNow().catch(() => undefined);
      for (const job of jobs) job.start();
    },
    async stop() {
      stopServing?.();
      stopServing = undefined;
      await Promise.all(jobs.splice(0).map((job) => job.stop()));
    },
    async health() {
      if (!stopServing) return { status: 'down', detail: 'not started' };
      if (!config.chain) return { status: 'ok', detail: 'settlement is off' };
      const detail = problem ?? open?.settlement.problem;
      return detail === undefined ? { status: 'ok' } : { status: 'degraded', detail };
    },
  };
  return service;
}

async function readSettler(file: string): Promise<NearCredentials> {
  try {
    return await readCredentials(file);
  } catch (error) {
    if (!(error instanceof NearError)) throw error;
    throw new DeaiError('CONFIG_INVALID', { problems: [error.message], hint: 'See DEAI_SETTLER_CREDENTIALS.' }, { cause: error });
  }
}

/** @throws NearError while the chain is away. */
async function openBridge(
  { bus, db, objects, logger }: BridgeContext,
  config: BridgeConfig,
  settler: NearCredentials,
  onBuilt: (receipts: number) => void,
): Promise<Open> {
  const settings = config.chain as NonNullable<BridgeConfig['chain']>;
  const chain = createNearChain({ rpcUrl: settings.rpcUrl, timeoutMs: settings.timeoutMs });
  const contract = createContract(chain, settings.contractId);
  const reads = createSettlementReads(db);
  const bridge: Bridge = {
    bus,
    async announce(number) {
      try {
        const batch = await reads.withTransactions(number);
        if (batch) bus.publish('settlement.changed', { atMs: Date.now(), batch: batchJson(batch) });
      } catch (error) {
        logger.warn({ err: error, batch: number }, 'nobody was told what became of a settlement batch');
      }
    },
    objects,
    chain,
    contract,
    settler,
    settlements: createPgSettlementStore(db),
    followed: createPgFollowStore(db),
    links: createPgLinkStore(db),
    claims: createPgClaims(db),
    trees: createTrees(objects),
    logger,
    contractConfig: await contract.config(),
    config,
    sponsorId: settings.sponsorId,
    now: Date.now,
  };
  const settlement = createSettlement(bridge, onBuilt);
  return { bridge, settlement, queries: createQueryFlow({ bridge, reads, chain: settings, problem: () => settlement.problem }) };
}
