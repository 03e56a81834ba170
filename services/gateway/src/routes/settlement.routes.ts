import {
  Account,
  AccountLink,
  AccountLinkRequest,
  SettlementAccount,
  SettlementBatch,
  SettlementBatchPage,
  SettlementLeafPage,
  SettlementLeavesQuery,
  SettlementQuery,
  SettlementStatus,
  SettlementToken,
} from '@deai/protocol';
import Type from 'typebox';
import type { GatewayDeps } from '../context.ts';
import { memo } from '../http/memo.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { CHAIN_ERRORS } from './common.ts';

const PUBLIC = { tag: 'settlement', access: { public: true } } as const;
const FRESH_MS = 500;
const BatchParams = Type.Object(
  { number: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'number of the batch in the contract' }) },
  { additionalProperties: false },
);
const AccountParams = Type.Object({ accountId: Account }, { additionalProperties: false });
const LinkedAccount = Type.Object({ accountId: Type.Union([Account, Type.Null()]) });

/** `settlement/*`: what was put on chain, and the proofs for it. Public: whoever wants to check the network needs it. */
export function settlementRoutes(deps: GatewayDeps): RouteDefinition[] {
  return [...batchRoutes(deps), ...accountRoutes(deps)];
}

function batchRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  const status = memo(FRESH_MS, () => bus.request('settlement.status', {}));
  const token = memo(FRESH_MS, () => bus.request('settlement.token', {}));
  return [
    route(
      'GET',
      '/settlement',
      {
        ...PUBLIC,
        operationId: 'getSettlement',
        summary: 'Where settlement on chain stands',
        gives: { status: 200, schema: SettlementStatus },
        errors: CHAIN_ERRORS,
      },
      () => status.get(),
    ),
    route(
      'GET',
      '/settlement/token',
      {
        ...PUBLIC,
        operationId: 'getSettlementToken',
        summary: 'The token on chain: its supply, and where all of it is',
        description:
          'As the contracts tell it at one final block, a few seconds old at most. `supplyYocto` is the sum of `contractYocto`, `treasuryYocto` and `elsewhereYocto`; `heldYocto` that of `parts`; `settledYocto` that of `claimedYocto` and `parts.unclaimedYocto`.',
        gives: { status: 200, schema: SettlementToken },
        errors: CHAIN_ERRORS,
      },
      () => token.get(),
    ),
    route(
      'GET',
      '/settlement/batches',
      {
        ...PUBLIC,
        operationId: 'listSettlementBatches',
        summary: 'Settlement batches, newest first',
        takes: { querystring: SettlementQuery },
        gives: { status: 200, schema: SettlementBatchPage },
        errors: [...CHAIN_ERRORS, 'INVALID_CURSOR'],
      },
      ({ query }) => bus.request('settlement.batches', { query }),
    ),
    route(
      'GET',
      '/settlement/batches/:number',
      {
        ...PUBLIC,
        operationId: 'getSettlementBatch',
        summary: 'One batch: its roots, its totals, its transactions',
        takes: { params: BatchParams },
        gives: { status: 200, schema: SettlementBatch },
        errors: [...CHAIN_ERRORS, 'BATCH_NOT_FOUND'],
      },
      ({ params }) => bus.request('settlement.batch', { number: params.number }),
    ),
    route(
      'GET',
      '/settlement/batches/:number/leaves',
      {
        ...PUBLIC,
        operationId: 'listSettlementLeaves',
        summary: 'Leaves of a batch, in the order of the tree: its receipts, or the cumulative rewards or charges',
        description: 'Whoever has them can make the roots again, prove what is in the batch, and challenge on chain what is wrong with it.',
        takes: { params: BatchParams, querystring: SettlementLeavesQuery },
        gives: { status: 200, schema: SettlementLeafPage },
        errors: [...CHAIN_ERRORS, 'BATCH_NOT_FOUND', 'INVALID_CURSOR'],
      },
      ({ params, query }) => bus.request('settlement.leaves', { number: params.number, query }),
    ),
  ];
}

function accountRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'GET',
      '/settlement/accounts/:accountId',
      {
        ...PUBLIC,
        operationId: 'getSettlementAccount',
        summary: 'What a NEAR account earned and was charged, with the proofs to claim and to withdraw',
        takes: { params: AccountParams },
        gives: { status: 200, schema: SettlementAccount },
        errors: CHAIN_ERRORS,
      },
      ({ params }) => bus.request('settlement.account', { accountId: params.accountId }),
    ),
    route(
      'GET',
      '/user/near-account',
      {
        tag: 'user',
        operationId: 'getNearAccount',
        summary: 'The NEAR account that the caller linked',
        access: { scope: 'account:read' },
        gives: { status: 200, schema: LinkedAccount },
        errors: CHAIN_ERRORS,
      },
      ({ principal }) => bus.request('settlement.linkedAccount', { principal }),
    ),
    route(
      'POST',
      '/user/near-account',
      {
        tag: 'user',
        operationId: 'linkNearAccount',
        summary: 'Link a NEAR account: its deposits can be spent, and rewards of nodes go to it',
        description:
          'Sign `deai-link:v1\\n<network id>\\n<user id>\\n<account id>` with a full-access key of the account. Concerns later settlement batches alone.',
        access: { scope: 'account:write' },
        takes: { body: AccountLinkRequest },
        gives: { status: 200, schema: AccountLink },
        errors: [...CHAIN_ERRORS, 'ACCOUNT_LINK_INVALID', 'ACCOUNT_LINKED_ELSEWHERE'],
        examples: {
          body: {
            accountId: 'ann.near',
            publicKey: 'ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp',
            signature: `${'A'.repeat(86)}==`,
          },
        },
      },
      ({ principal, body }) => bus.request('settlement.linkAccount', { principal, link: body }),
    ),
  ];
}
