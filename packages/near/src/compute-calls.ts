import type { ChainSumNode } from './compute-contract.ts';
import type { FunctionCall } from './near.types.ts';

const TGAS = 10n ** 12n;
/**
 * Gas to attach, above what the calls were measured to burn; what is not burnt is given back. Proofs of 64 steps cost about 10 TGas more than
 * those of tests. Payouts call the token (10 TGas) and come back (8).
 */
const GAS = { small: 15n * TGAS, batch: 30n * TGAS, pays: 60n * TGAS, proofAndPays: 100n * TGAS, prune: 200n * TGAS } as const;
/** What proves a full-access key. */
const ONE_YOCTO = 1n;

/** Roots of a batch's three trees. */
export interface BatchRoots {
  number: number;
  receipts: ChainSumNode;
  rewards: ChainSumNode;
  charges: ChainSumNode;
}

const call = (method: string, args: object, gas: bigint, depositYocto?: bigint): FunctionCall => ({
  method,
  args,
  gas,
  ...(depositYocto === undefined ? {} : { depositYocto }),
});
/** JSON has no bigint. */
const amountArg = (amountYocto: bigint | undefined) => (amountYocto === undefined ? {} : { amount: amountYocto.toString() });

/** Calls of the compute contract, as contracts/README.md lists them. Amounts in yocto-DEAI, deposits in yoctoNEAR. */
export const computeCalls = {
  postBatch: ({ number, receipts, rewards, charges }: BatchRoots) => call('post_batch', { number, receipts, rewards, charges }, GAS.batch),
  finalizeBatch: (number: number) => call('finalize_batch', { number }, GAS.batch),
  retractBatch: (number: number) => call('retract_batch', { number }, GAS.batch),
  /** At most `limit` old records. */
  pruneBatches: (limit: number) => call('prune_batches', { limit }, GAS.prune),
  /** Leaf and proof in the contract's JSON, as `GET /settlement/accounts/{id}` answers them. */
  claimRewards: ({ leaf, proof }: { leaf: object; proof: readonly object[] }) => call('claim_rewards', { leaf, proof }, GAS.proofAndPays),
  heartbeat: (nodeKey: string, status: 'active' | 'draining' | 'paused') => call('heartbeat', { node_key: nodeKey, status }, 10n * TGAS),
  /** All of the stake when no amount is given. */
  unstake: (nodeKey: string, amountYocto?: bigint) =>
    call('unstake', { node_key: nodeKey, ...amountArg(amountYocto) }, GAS.small, ONE_YOCTO),
  withdrawStake: (nodeKey: string) => call('withdraw_stake', { node_key: nodeKey }, GAS.pays, ONE_YOCTO),
  /** All of the escrow when no amount is given. */
  requestWithdraw: (amountYocto?: bigint) => call('request_withdraw', amountArg(amountYocto), GAS.small, ONE_YOCTO),
  cancelWithdraw: () => call('cancel_withdraw', {}, GAS.small, ONE_YOCTO),
  /** `charges`: a presence in the contract's JSON, as `GET /settlement/accounts/{id}` answers it. */
  withdraw: (charges: unknown) => call('withdraw', { charges }, GAS.proofAndPays, ONE_YOCTO),
  /** The caller's own account when none is given. */
  storageDeposit: (depositYocto: bigint, accountId?: string) =>
    call('storage_deposit', accountId === undefined ? {} : { account_id: accountId }, GAS.small, depositYocto),
} as const;
