import { createHash } from 'node:crypto';
import { type Principal, ReceiptDocument, receiptHash, receiptOfJson } from '@deai/protocol';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { IdParams } from './common.ts';

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

async function makeDocument({ bus, config }: GatewayDeps, principal: Principal, id: string): Promise<ReceiptDocument> {
  const { networkId } = config;
  const receipt = await bus.request('tasks.receipt', { principal, id });
  const gateway = await bus.request('auth.signReceipt', { networkId, receiptHash: receiptHash(sha256, receiptOfJson(receipt)) });
  return { version: 1, networkId, receipt, gateway };
}
