import type { Bus } from '@deai/bus';
import type { ChainConfig, NearChain, NearCredentials } from '@deai/near';
import type { ObjectStore } from '@deai/objects';
import type { Logger } from '@deai/service-kit';
import type { BridgeConfig } from '../config.ts';
import type { ClaimStore } from '../domain/claims.ts';
import type { Contract } from '../domain/contract.ts';
import type { FollowStore, LinkStore, SettlementStore } from '../domain/ports.ts';
import type { Trees } from './trees.ts';

/** What the flows work with. */
export interface Bridge {
  bus: Pick<Bus, 'request'>;
  /** Tells the network what became of a batch. A hint: never throws. */
  announce(number: number): Promise<void>;
  objects: Pick<ObjectStore, 'put' | 'get'>;
  chain: NearChain;
  contract: Contract;
  settler: NearCredentials;
  settlements: SettlementStore;
  followed: FollowStore;
  links: LinkStore;
  claims: ClaimStore;
  trees: Trees;
  logger: Logger;
  /** The contract's settings, as they were read last. */
  contractConfig: ChainConfig;
  config: Pick<BridgeConfig, 'networkId' | 'everyMs' | 'pollMs' | 'receiptsPerBatch' | 'openBatches' | 'claimLeastYocto' | 'claimEveryMs'>;
  sponsorId: string;
  now(): number;
}

/** Settlement cannot go on by itself: somebody has to look. Its message says what is wrong and what to do. */
export class Stuck extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Stuck';
  }
}
