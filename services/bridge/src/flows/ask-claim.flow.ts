import { type Claim, type ClaimRequest, DeaiError, implicitAccount, type Principal, type SettlementAccount } from '@deai/protocol';
import { claimJson, type StoredClaim } from '../domain/claims.ts';
import type { Bridge } from './bridge.ts';

/** Nodes of a user that are looked through for the account of a claim. */
const MOST_NODES = 1_000;
/** A transaction takes a few seconds. */
const LEAST_WAIT_S = 5;

/** What is asked, and what is known of accounts. */
export interface ClaimQuestion {
  principal: Principal;
  request: ClaimRequest;
  idempotencyKey: string | undefined;
  account(accountId: string): Promise<SettlementAccount>;
}

/**
 * Notes a claim to be made on chain. Asking again, by the same key or while one of the account is open, answers the one there is. A claim pays
 * its account, which may have changed hands since it was asked for: who has it now is told to ask again when that claim has ended.
 * @throws DeaiError `NO_NEAR_ACCOUNT`, `FORBIDDEN` for an account that is not the caller's, `NOTHING_TO_CLAIM`, `RATE_LIMITED`, and
 *   `CLAIM_OPEN` with `retryAfterS` while another user's claim of the account is open.
 */
export async function askClaim(bridge: Bridge, { principal, request, idempotencyKey, account }: ClaimQuestion): Promise<Claim> {
  const { claims } = bridge;
  const { userId } = principal;
  const repeated = idempotencyKey === undefined ? undefined : await claims.byKey(userId, idempotencyKey);
  if (repeated) return claimJson(repeated);
  const accountId = await accountFor(bridge, principal, request.accountId);
  const latest = await claims.latest(accountId);
  if (latest && latest.endedAtMs === undefined) return answer(bridge, userId, latest);
  checkPace(bridge, latest);
  const claimable = BigInt((await account(accountId)).claimableYocto ?? unknown());
  const { claimLeastYocto } = bridge.config;
  if (claimable < claimLeastYocto || claimable === 0n) {
    throw new DeaiError('NOTHING_TO_CLAIM', { accountId, claimableYocto: claimable.toString(), leastYocto: claimLeastYocto.toString() });
  }
  const added = await claims.add({ userId, accountId, idempotencyKey, expectedYocto: claimable });
  // Somebody was faster with the same key, or the same account.
  const known = added ?? (await claims.byKey(userId, idempotencyKey ?? '')) ?? (await claims.latest(accountId)) ?? unknown();
  return answer(bridge, userId, known);
}

/** The claim, to who asked for it; nobody else can follow it. */
function answer(bridge: Bridge, userId: string, claim: StoredClaim): Claim {
  if (claim.userId === userId) return claimJson(claim);
  const waitMs = Math.max(claim.notBeforeMs - bridge.now(), untilNextMs(bridge, claim));
  throw new DeaiError('CLAIM_OPEN', { accountId: claim.accountId, retryAfterS: Math.max(LEAST_WAIT_S, Math.ceil(waitMs / 1_000)) });
}

function unknown(): never {
  throw new DeaiError('CHAIN_UNAVAILABLE', { reason: 'what was claimed so far is not known' });
}

/** A transaction a minute for an account, whatever it came to: who pays for gas is the settler. */
function checkPace(bridge: Bridge, latest: StoredClaim | undefined): void {
  const waitMs = latest ? untilNextMs(bridge, latest) : 0;
  if (waitMs > 0) throw new DeaiError('RATE_LIMITED', { retryAfterS: Math.ceil(waitMs / 1_000) });
}

const untilNextMs = ({ config, now }: Bridge, { requestedAtMs }: StoredClaim): number => requestedAtMs + config.claimEveryMs - now();

/** The linked account, or the implicit one of a node of the caller's, on which those without a linked account earn. */
async function accountFor({ links, bus }: Bridge, principal: Principal, asked: string | undefined): Promise<string> {
  const linked = (await links.ofUsers([principal.userId])).get(principal.userId);
  const accountId = asked ?? linked;
  if (accountId === undefined) throw new DeaiError('NO_NEAR_ACCOUNT', { hint: 'Link one, or name the account of one of your nodes.' });
  if (accountId === linked) return accountId;
  const { items } = await bus.request('nodes.list', { principal, query: { mine: true, limit: MOST_NODES } });
  if (items.some(({ publicKey }) => implicitAccount(publicKey) === accountId)) return accountId;
  throw new DeaiError('FORBIDDEN', { accountId, hint: 'It is neither the account that you linked nor that of one of your nodes.' });
}
