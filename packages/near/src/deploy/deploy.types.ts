import type { NearCredentials } from '../near.types.ts';
import type { ComputeConfig } from './compute-config.ts';

/** How a network is set up. Amounts of NEAR in yoctoNEAR, of tokens in yocto-DEAI. */
export interface DeployOptions {
  /** Name of the chain, for the credentials files. */
  chainId: string;
  /** Where the keys of the new accounts are kept, as `<chain>/<account>.json`. Who has them has the network. */
  credentialsDir: string;
  /** The contracts' code: contracts/wasm. */
  wasm: { token: string | URL; compute: string | URL; exchange?: string | URL };
  /** Tokens that the exchange takes beside the network's own. */
  exchangeTokens?: readonly string[];
  /** What differs from the settings for development. */
  config?: Partial<ComputeConfig>;
  /** All tokens there will ever be; the root account gets them. 10⁹ when left out. */
  supplyYocto?: bigint;
  /** The settler's bond. 1,000 when left out. */
  bondYocto?: bigint;
  /** What the sponsor has in escrow to pay for requesters without an account. A tenth of the default supply when left out. */
  sponsorEscrowYocto?: bigint;
  /** NEAR of the settler for gas, a thousandth of one a batch. 50 when left out. */
  settlerNear?: bigint;
  /** NEAR of the settler for the records of batches, 0.0025 each until pruned. 25 when left out: 10,000 batches. */
  settlerStorageNear?: bigint;
  /** Hears of every step before it is taken. */
  onStep?: (step: string) => void;
}

/** A network's accounts on its chain. */
export interface DeployedNetwork {
  chainId: string;
  rootId: string;
  tokenId: string;
  computeId: string;
  treasuryId: string;
  sponsorId: string;
  /** With Ref's interface, for tests; only where its code was given. */
  exchangeId?: string;
  settler: NearCredentials;
  /** The settler's credentials file. */
  settlerPath: string;
}
