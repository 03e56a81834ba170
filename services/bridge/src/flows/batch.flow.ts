import { formatTokens, type OwnedReceipt } from '@deai/protocol';
import { buildBatch, leafOf, type ReceiptLeaf } from '../domain/build-batch.ts';
import { othersTurn } from '../domain/others-turn.ts';
import { assignParties, SponsorOutOfFunds } from '../domain/parties.ts';
import type { Head } from '../domain/ports.ts';
import { sha256 } from '../domain/sha256.ts';
import { type Bridge, Stuck } from './bridge.ts';

/** Ids in one command: their receipts must fit into a message between processes. */
const IDS_AT_ONCE = 500;
const REQUESTS_AT_ONCE = 3;
/** Each names up to 500 tasks. */
const COMMITS_AT_ONCE = 20;
const LEAVES_A_TURN = 200;
/** Of `exit_ms`, after which anybody may leave without the settler. */
const EXIT_SHARE = 3;

/** What completed, in the order of the completion log. */
interface Completed {
  ids: string[];
  /** The last commit that is in it. */
  through: string;
}

/**
 * Builds the next batch of what completed, and notes it to be posted; or an empty one, when the contract needs one for accounts to leave.
 * `full` says that more is waiting. `undefined` when there is nothing to do. @throws Stuck when the sponsor cannot pay.
 */
export async function buildNext(bridge: Bridge): Promise<{ number: number; receipts: number; full: boolean } | undefined> {
  const { settlements, config } = bridge;
  const head = await settlements.head();
  if (head.waiting >= config.openBatches) return undefined;
  const completed = await completedSince(bridge, head.through);
  if (completed.ids.length === 0 && !(await isEmptyBatchDue(bridge, head))) return undefined;
  const leaves = await leavesOf(bridge, completed.ids, head);
  const basis = { number: head.lastNumber + 1, previous: head.number, totals: head.totals, treasury: bridge.contractConfig.treasury };
  const draft = await buildBatch(sha256, basis, leaves, othersTurn);
  const objectKey = await bridge.objects.put(draft.bytes);
  if (!(await settlements.keep(draft, { through: completed.through, objectKey, atMs: bridge.now() }))) return undefined;
  await bridge.announce(draft.number);
  bridge.logger.info({ batch: draft.number, receipts: leaves.length }, 'settlement batch built');
  return { number: draft.number, receipts: leaves.length, full: leaves.length >= config.receiptsPerBatch };
}

/** Whole commits only, so that a batch ends where a commit does. */
async function completedSince({ bus, config }: Bridge, after: string): Promise<Completed> {
  const ids: string[] = [];
  let through = after;
  while (ids.length < config.receiptsPerBatch) {
    const { commits } = await bus.request('tasks.completedSince', { after: through, limit: COMMITS_AT_ONCE });
    for (const { id, taskIds } of commits) {
      if (ids.length >= config.receiptsPerBatch) return { ids, through };
      ids.push(...taskIds);
      through = id;
    }
    if (commits.length < COMMITS_AT_ONCE) break;
  }
  return { ids, through };
}

/** Some requests at a time: the database works on one while another is read. */
async function receiptsOf(bus: Bridge['bus'], ids: readonly string[]): Promise<OwnedReceipt[]> {
  const chunks = Array.from({ length: Math.ceil(ids.length / IDS_AT_ONCE) }, (_, i) => ids.slice(i * IDS_AT_ONCE, (i + 1) * IDS_AT_ONCE));
  const answers: OwnedReceipt[][] = [];
  const left = chunks.entries();
  const ask = async () => {
    for (const [i, asked] of left) {
      const { receipts } = await bus.request('tasks.receipts', { ids: asked });
      // Money must not get lost: what completed and has no receipt is a fault that somebody has to see.
      if (receipts.length !== asked.length) throw new Stuck(`${asked.length - receipts.length} completed tasks have no receipt`);
      answers[i] = receipts;
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, ask));
  return answers.flat();
}

async function leavesOf(bridge: Bridge, ids: readonly string[], { totals }: Head): Promise<ReceiptLeaf[]> {
  const { links, followed, sponsorId } = bridge;
  const owned = await receiptsOf(bridge.bus, ids);
  const linked = await links.ofUsers([...new Set(owned.flatMap(({ requesterId, operatorId }) => [requesterId, operatorId]))]);
  const deposits = await followed.accounts([...new Set([...linked.values(), sponsorId])]);
  try {
    const receipts = assignParties(owned, { links: linked, deposits, totals, sponsorId });
    const leaves: ReceiptLeaf[] = [];
    for (const receipt of receipts) {
      leaves.push(leafOf(sha256, receipt));
      if (leaves.length % LEAVES_A_TURN === 0) await othersTurn();
    }
    return leaves;
  } catch (error) {
    if (!(error instanceof SponsorOutOfFunds)) throw error;
    const missing = formatTokens(error.missingYocto);
    throw new Stuck(`the sponsor ${sponsorId} cannot pay for what completed: deposit at least ${missing} DEAI for it (deai deposit)`);
  }
}

/** A withdrawal is paid against a batch that was posted `notice_ms` after its request, and after `exit_ms` without one anybody may leave. */
async function isEmptyBatchDue({ followed, contractConfig, now }: Bridge, { waiting, builtAtMs = 0 }: Head): Promise<boolean> {
  if (waiting > 0) return false;
  if (builtAtMs > 0 && now() - builtAtMs > contractConfig.exit_ms / EXIT_SHARE) return true;
  const requestedMs = await followed.lastRequestMs(now() - contractConfig.notice_ms);
  return requestedMs !== undefined && builtAtMs <= requestedMs + contractConfig.notice_ms;
}
