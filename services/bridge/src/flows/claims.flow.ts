import {
  ContractError,
  callAction,
  callContract,
  computeCalls,
  NearError,
  storageBalanceOf,
  storageMinimum,
  type TransactionOutcome,
  tokenCalls,
} from '@deai/near';
import type { StoredClaim } from '../domain/claims.ts';
import { accountProofs } from './account.flow.ts';
import type { Bridge } from './bridge.ts';
import { carryTransaction, type SettlerTransaction, signCall } from './settler-transactions.ts';

/** Claims in one round; then batches have their turn again. */
const AT_ONCE = 3;
const MOST_ATTEMPTS = 5;
const RETRY_MS = 2_000;
/** The contract says by these that it will take the claim a little later: the last final batch changed, or a payment is under way. */
const PASSING = /ERR_PROOF|ERR_IN_FLIGHT/;

/**
 * Makes the claims that users asked for, one after the other, while no transaction of a batch is under way: all are signed with one key. A claim
 * is cumulative and pays the account whoever makes it, so that doing one twice pays once. @throws Stuck without the key; NearError
 */
export async function runClaims(bridge: Bridge): Promise<void> {
  for (let done = 0; done < AT_ONCE; done++) {
    if ((await bridge.settlements.nextIntent())?.signed) return;
    const claim = await bridge.claims.next(bridge.now());
    if (!claim) return;
    if (!(await (claim.signed ? carryOn(bridge, claim, claim.signed) : begin(bridge, claim)))) return;
  }
}

/** False when it has to be waited for. */
async function begin(bridge: Bridge, claim: StoredClaim): Promise<boolean> {
  const { claims } = bridge;
  if (claim.attempts >= MOST_ATTEMPTS) {
    await claims.fail(claim.id, claim.problem ?? 'tried too often');
    return true;
  }
  const reward = (await accountProofs(bridge, claim.accountId))?.reward;
  if (!reward) {
    await claims.fail(claim.id, 'no final batch has rewards of this account any more');
    return true;
  }
  const refusal = await register(bridge, claim.accountId);
  if (refusal !== undefined) {
    await claims.postpone(claim.id, refusal, bridge.now() + RETRY_MS * (claim.attempts + 1));
    return true;
  }
  const signed = await signCall(bridge, computeCalls.claimRewards(reward));
  if (!(await claims.sign(claim.id, signed))) return true;
  return await carryOn(bridge, { ...claim, attempts: claim.attempts + 1 }, signed);
}

/** Why the account could not be registered; one such claim must not hold the others up. @throws NearError while the chain is away. */
async function register(bridge: Bridge, accountId: string): Promise<string | undefined> {
  try {
    await registerWithBoth(bridge, accountId);
    return undefined;
  } catch (error) {
    if (error instanceof ContractError || (error instanceof NearError && error.kind === 'rejected')) return error.message;
    throw error;
  }
}

/** The token and the contract pay accounts that they know. What this costs is why there is a least amount. */
async function registerWithBoth({ chain, settler, contract, contractConfig }: Bridge, accountId: string): Promise<void> {
  if (!(await storageBalanceOf(chain, contractConfig.token, accountId))) {
    const actions = [callAction(tokenCalls.storageDeposit(accountId))];
    await callContract(chain, settler, { receiverId: contractConfig.token, actions });
  }
  if (!(await storageBalanceOf(chain, contract.id, accountId))) {
    const actions = [callAction(computeCalls.storageDeposit(await storageMinimum(chain, contract.id), accountId))];
    await callContract(chain, settler, { receiverId: contract.id, actions });
  }
}

async function carryOn(bridge: Bridge, claim: StoredClaim, signed: SettlerTransaction): Promise<boolean> {
  const { claims, now } = bridge;
  const again = async (problem: string) => await claims.release(claim.id, signed.hash, problem, now() + RETRY_MS * claim.attempts);
  const status = await carryTransaction(bridge, signed);
  if ('refused' in status) {
    await again(status.refused);
    return false;
  }
  if (status.state !== 'final') return false;
  const { paidYocto, problem } = judge(status.outcome);
  if (paidYocto !== undefined) await claims.pay(claim.id, paidYocto);
  else if (PASSING.test(problem)) await again(problem);
  else await claims.fail(claim.id, problem);
  return true;
}

function judge({ ok, value, error, failures }: TransactionOutcome): { paidYocto?: bigint; problem: string } {
  if (ok && typeof value === 'string' && /^[0-9]{1,39}$/.test(value) && value !== '0') return { paidYocto: BigInt(value), problem: '' };
  return { problem: error ?? failures?.[0] ?? 'nothing was paid; the contract holds everything as before' };
}
