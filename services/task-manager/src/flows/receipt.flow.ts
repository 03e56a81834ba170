import { DeaiError, type OwnedReceipt, type Principal, settlementParties, type WorkReceiptJson } from '@deai/protocol';
import type { ReceiptFacts } from '../domain/receipts.ts';
import type { Engine } from './engine.ts';
import type { QueryFlow } from './query.flow.ts';

/** Makes work receipts of completed tasks. */
export interface ReceiptFlow {
  /** @throws DeaiError `TASK_NOT_FOUND`, also for somebody else's task; `RECEIPT_NOT_AVAILABLE`. */
  one(principal: Principal, id: string): Promise<WorkReceiptJson>;
  /** Receipts of those of the tasks that completed, in the order of the ids. Settlement asks for 5,000 at a time. */
  many(ids: readonly string[]): Promise<OwnedReceipt[]>;
}

export function createReceiptFlow({ receipts, config, bus }: Engine, queries: QueryFlow): ReceiptFlow {
  /** What receipts say of a node. Its key never changes, and decoding one takes several times as long as the rest of a receipt. */
  const nodes = new Map<string, { nodeKey: string; payer: string; payee: string }>();

  async function learnNodes(nodeIds: Iterable<string>): Promise<void> {
    const ids = [...new Set(nodeIds)].filter((id) => !nodes.has(id));
    if (ids.length === 0) return;
    const { items } = await bus.request('nodes.publicKeys', { ids });
    for (const { id, publicKey: nodeKey } of items)
      nodes.set(id, { nodeKey, ...settlementParties({ sponsorAccount: config.DEAI_SPONSOR_ACCOUNT, nodeKey }) });
  }
  function receiptOf(facts: ReceiptFacts): OwnedReceipt {
    const node = nodes.get(facts.nodeId);
    if (!node) throw new Error(`no key is known of node ${facts.nodeId}, which completed task ${facts.taskId}`);
    return { receipt: receiptJson(facts, node), requesterId: facts.requesterId, operatorId: facts.operatorId };
  }
  async function many(ids: readonly string[]): Promise<OwnedReceipt[]> {
    const facts = await receipts.facts(ids);
    await learnNodes(facts.map(({ nodeId }) => nodeId));
    return facts.map(receiptOf);
  }

  return {
    many,
    async one(principal, id) {
      const { status } = await queries.get(principal, id, false);
      const [owned] = status === 'completed' ? await many([id]) : [];
      if (!owned) throw new DeaiError('RECEIPT_NOT_AVAILABLE', { id, status });
      return owned.receipt;
    },
  };
}

function receiptJson(facts: ReceiptFacts, { nodeKey, payer, payee }: { nodeKey: string; payer: string; payee: string }): WorkReceiptJson {
  return {
    taskId: facts.taskId,
    leaseId: facts.leaseId,
    payer,
    payee,
    nodeKey,
    kind: facts.kind,
    model: facts.model,
    inputHash: facts.inputHash,
    outputHash: facts.outputHash,
    units: String(facts.units),
    rewardYocto: facts.rewardYocto,
    feeYocto: facts.feeYocto,
    startedAtMs: facts.startedAtMs,
    runMs: String(facts.runMs),
    path: facts.path,
    // Other spellings of the same bytes are left to the node; a receipt has one.
    signature: Buffer.from(facts.signature, 'base64').toString('base64'),
  };
}
