import { Account, AccountEventPage, Claim, ClaimPage, ClaimQuery, ClaimRequest, PageQuery } from '@deai/protocol';
import Type from 'typebox';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { CHAIN_ERRORS, IdParams } from './common.ts';
import { IdempotencyHeaders } from './submit.routes.ts';

const AccountParams = Type.Object({ accountId: Account }, { additionalProperties: false });
const HistoryQuery = Type.Object(PageQuery, { additionalProperties: false });
const USER = { tag: 'user' } as const;

/** Rewards that the network claims on chain for users, and what happened to accounts there. */
export function claimRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'POST',
      '/user/claims',
      {
        ...USER,
        access: { scope: 'account:write' },
        operationId: 'claimRewards',
        summary: 'Have rewards claimed on chain',
        description:
          'The network calls the contract with the proof and pays the gas; the contract pays the account. For the linked account, or for that of a node ' +
          'of the caller. While a claim of the account is open, asking again answers that one; when another user asked for it, who had the account before, ' +
          'CLAIM_OPEN says when to ask again.',
        takes: { headers: IdempotencyHeaders, body: ClaimRequest },
        gives: { status: 202, schema: Claim, description: 'Noted: it is made in a moment. See how it goes by its id.' },
        errors: [...CHAIN_ERRORS, 'NO_NEAR_ACCOUNT', 'NOTHING_TO_CLAIM', 'CLAIM_OPEN'],
        examples: { body: {} },
      },
      ({ principal, body: request, headers: { 'idempotency-key': idempotencyKey } }) =>
        bus.request('settlement.claim', { principal, request, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) }),
    ),
    route(
      'GET',
      '/user/claims',
      {
        ...USER,
        access: { scope: 'account:read' },
        operationId: 'listClaims',
        summary: "The caller's claims, newest first",
        takes: { querystring: ClaimQuery },
        gives: { status: 200, schema: ClaimPage },
        errors: [...CHAIN_ERRORS, 'INVALID_CURSOR'],
      },
      ({ principal, query }) => bus.request('settlement.listClaims', { principal, query }),
    ),
    route(
      'GET',
      '/user/claims/:id',
      {
        ...USER,
        access: { scope: 'account:read' },
        operationId: 'getClaim',
        summary: 'How a claim goes: its transaction, and what was paid',
        takes: { params: IdParams },
        gives: { status: 200, schema: Claim },
        errors: [...CHAIN_ERRORS, 'CLAIM_NOT_FOUND'],
      },
      ({ principal, params }) => bus.request('settlement.getClaim', { principal, id: params.id }),
    ),
    route(
      'GET',
      '/settlement/accounts/:accountId/history',
      {
        tag: 'settlement',
        access: { public: true },
        operationId: 'listAccountHistory',
        summary: 'What was seen to happen to an account on chain: stakes as they changed, and claims of the network for it; newest first',
        takes: { params: AccountParams, querystring: HistoryQuery },
        gives: { status: 200, schema: AccountEventPage },
        errors: [...CHAIN_ERRORS, 'INVALID_CURSOR'],
      },
      ({ params, query }) => bus.request('settlement.history', { accountId: params.accountId, query }),
    ),
  ];
}
