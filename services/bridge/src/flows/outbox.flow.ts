import { computeCalls, type FunctionCall, type TransactionOutcome } from '@deai/near';
import { rootsJson, sameRoots } from '../domain/contract-roots.ts';
import type { BatchChange, Intent } from '../domain/ports.ts';
import { type Bridge, Stuck } from './bridge.ts';
import { carryTransaction, signCall } from './settler-transactions.ts';

const RETRY_MS = 1_000;
const RETRY_MOST_MS = 60_000;
const PRUNED_AT_ONCE = 100;
/** One refusal may pass by itself: a clock that is a little ahead, a nonce that another instance used. */
const REFUSALS = 2;
const DOING = { post: 'posting', finalize: 'making final', prune: 'pruning up to' } as const;

/** What becomes of an intent after its transaction: it is done, or to be tried again later. */
type Judgement = { done: true; change?: BatchChange } | { done: false; problem: string };

/**
 * Does what is noted, in order, until nothing is left or something has to be waited for. A transaction is kept before it is sent, and is
 * signed anew only when it can have no effect any more; should it have had one all the same, the contract refuses the second, and what
 * it holds is looked up. @throws Stuck when the contract holds something else; NearError.
 */
export async function runOutbox(bridge: Bridge): Promise<void> {
  for (;;) {
    const intent = await bridge.settlements.nextIntent();
    if (!intent || !(await run(bridge, intent))) return;
  }
}

/** @throws Stuck when the contract keeps refusing what comes next: somebody has to look. */
export async function checkOutbox({ settlements }: Bridge): Promise<void> {
  const next = await settlements.nextIntent();
  if (next?.error === undefined || next.attempts < REFUSALS) return;
  throw new Stuck(`${DOING[next.kind]} batch ${next.number} is refused: ${next.error}`);
}

/** False when it has to be waited for. */
async function run(bridge: Bridge, intent: Intent): Promise<boolean> {
  const { settlements, now } = bridge;
  if (!intent.signed) return now() >= intent.notBeforeMs && (await sign(bridge, intent));
  const { hash } = intent.signed;
  const status = await carryTransaction(bridge, intent.signed);
  if ('refused' in status) {
    await again(bridge, intent, hash, status.refused);
    return false;
  }
  if (status.state !== 'final') return false;
  const judgement = await judge(bridge, intent, status.outcome);
  if (!judgement.done) {
    await again(bridge, intent, hash, judgement.problem);
    return false;
  }
  await settlements.finish(intent.id, judgement.change);
  if (judgement.change) await bridge.announce(intent.number);
  return true;
}

async function again({ settlements, logger, now }: Bridge, { id, kind, number, attempts }: Intent, hash: string, problem: string) {
  logger.warn({ intent: kind, batch: number, attempts, problem }, 'a transaction had no effect, it is made anew');
  await settlements.release(id, hash, problem, now() + Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** Math.min(attempts - 1, 10)));
}

async function sign(bridge: Bridge, intent: Intent): Promise<boolean> {
  const { settlements } = bridge;
  await settlements.sign(intent.id, await signCall(bridge, await callOf(settlements, intent)));
  return true;
}

async function callOf(settlements: Bridge['settlements'], { kind, number }: Intent): Promise<FunctionCall> {
  if (kind === 'prune') return computeCalls.pruneBatches(PRUNED_AT_ONCE);
  if (kind === 'finalize') return computeCalls.finalizeBatch(number);
  const batch = await settlements.batch(number);
  if (!batch) throw new Error(`batch ${number} is to be posted and is not there`);
  return computeCalls.postBatch({ number, ...rootsJson(batch.roots) });
}

/** The codes with which the contract says that something is done already, or cannot be done yet. */
async function judge(bridge: Bridge, intent: Intent, { ok, error = 'no reason' }: TransactionOutcome): Promise<Judgement> {
  const { kind, number } = intent;
  if (kind === 'post') return ok || error.includes('ERR_NUMBER') ? await posted(bridge, number) : { done: false, problem: error };
  if (kind === 'prune') return { done: true };
  if (ok || error.includes('ERR_FINAL')) return { done: true, change: { to: 'final' } };
  // It was challenged at the last moment; the rejection is looked after elsewhere.
  if (error.includes('ERR_REJECTED')) return { done: true };
  return { done: false, problem: error };
}

/** What the contract holds under the number decides, not what a transaction answered. */
async function posted({ contract, settlements }: Bridge, number: number): Promise<Judgement> {
  const [held, batch] = await Promise.all([contract.batch(number), settlements.batch(number)]);
  if (!held) {
    throw new Stuck(`batch ${number} is not the next one of ${contract.id}: is this the chain that the batches before it are on?`);
  }
  if (!batch || !sameRoots(batch.roots, held)) {
    throw new Stuck(`batch ${number} of ${contract.id} is not ours: does somebody else post with the settler's key?`);
  }
  return { done: true, change: { to: 'posted', postedAtMs: held.posted_at_ms, finalFromMs: held.final_from_ms } };
}
