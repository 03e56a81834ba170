import { DeaiError, type Principal, receiptToJson, settlementParties, type WorkReceiptJson } from '@deai/protocol';
import type { ReceiptFacts } from '../domain/receipts.ts';
import type { Engine } from './engine.ts';
import type { QueryFlow } from './query.flow.ts';

/** Makes work receipts of completed tasks. */
export interface ReceiptFlow {
  /** @throws DeaiError `TASK_NOT_FOUND`, also for somebody else's task; `RECEIPT_NOT_AVAILABLE`. */
  one(principal: Principal, id: string): Promise<WorkReceiptJson>;
  /** Receipts of those of the tasks that completed, in the order of the ids. */
  many(ids: readonly string[]): Promise<WorkReceiptJson[]>;
}

export function createReceiptFlow({ receipts, config, bus }: Engine, queries: QueryFlow): ReceiptFlow {
  /** A node's key never changes. */
  const keys = new Map<string, string>();

  async function learnKeys(nodeIds: Iterable<string>): Promise<void> {
    const ids = [...new Set(nodeIds)].filter((id) => !keys.has(id));
    if (ids.length === 0) return;
    const { items } = await bus.request('nodes.publicKeys', { ids });
    for (const { id, publicKey } of items) keys.set(id, publicKey);
  }
  function receiptOf(facts: ReceiptFacts): WorkReceiptJson {
    const nodeKey = keys.get(facts.nodeId);
    if (!nodeKey) throw new Error(`no key is known of node ${facts.nodeId}, which completed task ${facts.taskId}`);
    const { requesterId: _, operatorId: __, nodeId: ___, units, runMs, signature, ...same } = facts;
    return receiptToJson({
      ...same,
      ...settlementParties({ sponsorAccount: config.DEAI_SPONSOR_ACCOUNT, nodeKey }),
      nodeKey,
      units: String(units),
      runMs: String(runMs),
      // Other spellings of the same bytes are left to the node; a receipt has one.
      signature: Buffer.from(signature, 'base64').toString('base64'),
    });
  }
  async function many(ids: readonly string[]): Promise<WorkReceiptJson[]> {
    const facts = await receipts.facts(ids);
    await learnKeys(facts.map(({ nodeId }) => nodeId));
    return facts.map(receiptOf);
  }

  return {
    many,
    async one(principal, id) {
      const { status } = await queries.get(principal, id, false);
      const [receipt] = status === 'completed' ? await many([id]) : [];
      if (!receipt) throw new DeaiError('RECEIPT_NOT_AVAILABLE', { id, status });
      return receipt;
    },
  };
}
