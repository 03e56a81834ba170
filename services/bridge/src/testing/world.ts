import { join } from 'node:path';
import { type DeployedNetwork, deployNetwork, type NearChain, type NearCredentials } from '@deai/near';
import { createFolderStore } from '@deai/objects';
import { createLogger } from '@deai/service-kit';
import { createTestDatabase, type TestDatabase, tempDir } from '@deai/testkit';
import { createContract } from '../domain/contract.ts';
import type { Bridge } from '../flows/bridge.ts';
import type { Settlement } from '../flows/settle.ts';
import { createTrees } from '../flows/trees.ts';
import { createPgClaims } from '../store/pg-claims.ts';
import { createPgFollowStore } from '../store/pg-follow.store.ts';
import { createPgLinkStore } from '../store/pg-link.store.ts';
import { createPgSettlementStore } from '../store/pg-settlement.store.ts';
import { type PlayedNetwork, playNetwork } from './played-network.ts';
import { openTestChain } from './test-chain.ts';

const WASM = join(import.meta.dirname, '../../../../contracts/wasm');
export const CHALLENGE_MS = 2_000;

/** A chain with the real contracts on it, a database, and a network whose tasks complete when a test says so. */
export interface World {
  chain: NearChain;
  /** Has the tokens, and may make accounts below itself. */
  root: NearCredentials;
  deployed: DeployedNetwork;
  db: TestDatabase;
  network: PlayedNetwork;
  /** Batches of which the network was told that they changed, each time. */
  announced: number[];
  /** A new process of the bridge, on the same database and chain. */
  newBridge(): Promise<Bridge>;
  /** Time passes, on the chain and for the bridge. */
  pass(ms: number): Promise<void>;
  /** Rounds of settlement until nothing is open, with time passing in between. */
  settleAll(settlement: Settlement): Promise<void>;
}

export async function createWorld(): Promise<World> {
  const { chain, chainId, root, pass } = await openTestChain();
  const deployed = await deployNetwork(chain, root, {
    chainId,
    credentialsDir: await tempDir('deai-settle-'),
    wasm: { token: join(WASM, 'deai_token.wasm'), compute: join(WASM, 'deai_compute.wasm') },
    config: { challenge_ms: CHALLENGE_MS },
  });
  const db = await createTestDatabase();
  const objects = await createFolderStore({ directory: await tempDir('deai-objects-') });
  const network = playNetwork(deployed.sponsorId);
  const contract = createContract(chain, deployed.computeId);
  const settlements = createPgSettlementStore(db);
  let passedMs = 0;
  const announced: number[] = [];

  const world: World = {
    chain,
    root,
    deployed,
    db,
    network,
    announced,
    newBridge: async () => ({
      bus: network.bus,
      announce: async (number) => void announced.push(number),
      objects,
      chain,
      contract,
      settler: deployed.settler,
      settlements,
      followed: createPgFollowStore(db),
      links: createPgLinkStore(db),
      claims: createPgClaims(db),
      trees: createTrees(objects),
      logger: createLogger({ level: 'fatal', pretty: false }),
      contractConfig: await contract.config(),
      config: {
        networkId: 'local',
        everyMs: 0,
        pollMs: 0,
        receiptsPerBatch: 1_000,
        openBatches: 4,
        claimLeastYocto: 1n,
        claimEveryMs: 60_000,
      },
      sponsorId: deployed.sponsorId,
      now: () => Date.now() + passedMs,
    }),
    async pass(ms) {
      const before = Date.now();
      await pass(ms);
      // A chain that cannot be told what time it is was waited for.
      passedMs += Math.max(0, ms - (Date.now() - before));
    },
    async settleAll(settlement) {
      for (let round = 0; round < 20; round++) {
        await settlement.follow();
        await settlement.settle();
        if (settlement.problem) throw new Error(settlement.problem);
        const { rows } = await db.query<{ open: number }>(`select count(*) as open from bridge.batch where state in ('waiting', 'posted')`);
        const head = await settlements.head();
        const { commits } = await network.bus.request('tasks.completedSince', { after: head.through, limit: 1 });
        if (rows[0]?.open === 0 && commits.length === 0) return await settlement.settle();
        await world.pass(CHALLENGE_MS + 1_000);
      }
      throw new Error('settlement does not come to an end');
    },
  };
  return world;
}
