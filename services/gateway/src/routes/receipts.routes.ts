import { createHash } from 'node:crypto';
import { DeaiError, type Principal, ReceiptDocument, receiptHash, receiptOfJson } from '@deai/protocol';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { IdParams } from './common.ts';

const WITHOUT_SETTLEMENT = new Set(['SETTLEMENT_OFF', 'CHAIN_UNAVAILABLE', 'UNAVAILABLE']);
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest();

/** Work receipts. */
export function receiptRoutes(deps: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'GET',
      '/tasks/:id/receipt',
      {
        tag: 'tasks',
        access: { scope: 'tasks:read' },
        operationId: 'getTaskReceipt',
        summary: 'The work receipt of a completed task, signed by its node and by the network',
        description:
          'Proves, without asking the network, which node did the work, for which output, and what it cost. ' +
          'The keys of the network are at `/api/v1/network/keys`.',
        takes: { params: IdParams },
        gives: { status: 200, schema: ReceiptDocument },
        errors: ['TASK_NOT_FOUND', 'RECEIPT_NOT_AVAILABLE'],
      },
      ({ principal, params }) => makeDocument(deps, principal, params.id),
    ),
  ];
}

/** Once a task is settled its receipt is the batch's own; before, payer and payee are those of a network that knows no linked accounts. */
async function makeDocument(deps: GatewayDeps, principal: Principal, id: string): Promise<ReceiptDocument> {
  const { networkId } = deps.config;
  // Asked first: it says whether the task is the caller's, and completed.
  const unsettled = await deps.bus.request('tasks.receipt', { principal, id });
  const settled = await settledReceipt(deps, id);
  const receipt = settled?.receipt ?? unsettled;
  const gateway = await deps.bus.request('auth.signReceipt', { networkId, receiptHash: receiptHash(sha256, receiptOfJson(receipt)) });
  return { version: 1, networkId, receipt, gateway, ...(settled ? { batch: settled.batch } : {}) };
}

/** A network without a chain, or whose bridge is away, hands out receipts all the same. */
async function settledReceipt({ bus }: GatewayDeps, taskId: string) {
  try {
    return (await bus.request('settlement.receipt', { taskId })).settled;
  } catch (error) {
    if (error instanceof DeaiError && WITHOUT_SETTLEMENT.has(error.code)) return null;
    throw error;
  }
}
