import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chain } from '../chain.types.ts';
import { InvalidTxError, TxDecodeError } from '../errors.types.ts';
import { type LocalChain, startLocalChain } from '../node/start-local-chain.ts';
import { answerRpc } from './dispatch.ts';
import { serveRpc } from './http-server.ts';
import type { RpcContext } from './rpc.types.ts';

let local: LocalChain;
beforeAll(async () => {
  local = await startLocalChain();
});
afterAll(() => local.close());

async function post(body: unknown, url = local.rpcUrl): Promise<{ status: number; body: Record<string, unknown> }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, { method: 'POST', body: text, headers: { 'content-type': 'application/json' } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function result(method: string, params?: unknown): Promise<unknown> {
  const { body } = await post({ jsonrpc: '2.0', id: 'x', method, params });
  expect(body).toHaveProperty('result');
  return body.result;
}

async function errorOf(method: string, params?: unknown): Promise<{ status: number; error: unknown }> {
  const { status, body } = await post({ jsonrpc: '2.0', id: 7, method, params });
  expect(body.id).toBe(7);
  return { status, error: body.error };
}

/** Answers from a chain of which some methods are replaced. */
function withChain(change: Partial<Chain>, settings: Partial<RpcContext> = {}): RpcContext {
  return {
    chain: new Proxy(local.chain, { get: (chain, name) => change[name as keyof Chain] ?? Reflect.get(chain, name) }),
    validator: local.root,
    registrarId: local.root.accountId,
    maxTotalPrepaidGas: 300_000_000_000_000,
    waitTimeoutMs: 50,
    underWay: new Map(),
    startedAtMs: Date.now(),
    rpcAddress: () => '127.0.0.1:1',
    sandbox: false,
    ...settings,
  };
}

const send = (method = 'send_tx') => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { signed_tx_base64: 'AAAA' } });

describe('a request', () => {
  it('that is no JSON-RPC is a parse error', async () => {
    const expected = (reason: string) => ({
      name: 'REQUEST_VALIDATION_ERROR',
      cause: { name: 'PARSE_ERROR', info: { error_message: reason } },
      code: -32700,
      message: 'Parse error',
      data: reason,
    });
    for (const [body, reason] of [
      ['{', 'Failed parsing args: the body is no JSON'],
      ['[]', 'Failed parsing args: batches are not supported, send one request at a time'],
      [{ method: 'status' }, 'JSON RPC Request format was expected'],
      [{ jsonrpc: '2.0', id: {}, method: 'status' }, 'JSON RPC Request format was expected'],
    ] as const) {
      expect(await post(body)).toEqual({ status: 400, body: { jsonrpc: '2.0', error: expected(reason), id: null } });
    }
  });

  it('for a method that is not there says so', async () => {
    expect(await errorOf('EXPERIMENTAL_light_client_proof', {})).toEqual({
      status: 400,
      error: {
        name: 'REQUEST_VALIDATION_ERROR',
        cause: { name: 'METHOD_NOT_FOUND', info: { method_name: 'EXPERIMENTAL_light_client_proof' } },
        code: -32601,
        message: 'Method not found',
        data: 'EXPERIMENTAL_light_client_proof',
      },
    });
  });

  it.each([
    ['query', { request_type: 'view_account', account_id: 'UPPER', finality: 'final' }],
    ['query', { request_type: 'view_account', account_id: 'deai.local' }],
    ['query', { request_type: 'view_nothing', account_id: 'deai.local', finality: 'final' }],
    ['query', { request_type: 'call_function', account_id: 'deai.local', finality: 'final', method_name: 'm', args_base64: '*' }],
    ['block', {}],
    ['block', { block_id: -1 }],
    ['send_tx', { signed_tx_base64: 'AAAA', wait_until: 'SOMETIME' }],
    ['send_tx', { signed_tx_base64: 'A' }],
    ['send_tx', { signed_tx_base64: 'AAAA' }],
    ['send_tx', []],
    ['tx', 'hash'],
    ['EXPERIMENTAL_changes', { changes_type: 'account_changes', account_ids: 'deai.local', finality: 'final' }],
  ])('with other parameters than %s takes is a parse error', async (method, params) => {
    expect(await errorOf(method, params)).toMatchObject({ status: 400, error: { code: -32700, cause: { name: 'PARSE_ERROR' } } });
  });

  it('larger than allowed is refused, declared or not', async () => {
    const server = await serveRpc(withChain({}), { port: 0, bodyLimitBytes: 1_000 });
    expect(await post('x'.repeat(1_001), server.url)).toMatchObject({ status: 413, body: { error: { cause: { name: 'PARSE_ERROR' } } } });
    const stream = new ReadableStream({
      start(controller) {
        for (let index = 0; index < 40; index += 1) controller.enqueue(new TextEncoder().encode('x'.repeat(100)));
        controller.close();
      },
    });
    const streamed = await fetch(server.url, { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
    expect(streamed.status).toBe(413);
    await server.close();
  });

  it('takes the older positional parameters', async () => {
    const { header } = (await result('block', { finality: 'final' })) as { header: { hash: string; height: number } };
    expect(await result('block', [header.height])).toEqual(await result('block', { block_id: header.hash }));
    expect(await result('chunk', [[header.height, 0]])).toEqual(await result('chunk', { block_id: header.height, shard_id: 0 }));
    expect(await result('gas_price', [null])).toEqual(await result('gas_price', { block_id: header.hash }));
    expect(await result('validators', [null])).toEqual(await result('validators', 'latest'));
    expect(await result('health', [])).toBeNull();
  });

  it('by GET tells status and health, and a browser may ask', async () => {
    const status = (await (await fetch(`${local.rpcUrl}/status`)).json()) as { chain_id: string; rpc_addr: string };
    expect(status).toMatchObject({ chain_id: 'deai-local', rpc_addr: new URL(local.rpcUrl).host });
    expect((await fetch(`${local.rpcUrl}/health`)).status).toBe(200);
    expect((await fetch(`${local.rpcUrl}/else`)).status).toBe(404);
    expect((await fetch(local.rpcUrl)).status).toBe(405);
    const preflight = await fetch(local.rpcUrl, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  });
});

describe('an error', () => {
  it('of a handler goes out with status 200', async () => {
    const { height, hash } = local.chain.head;
    const params = { request_type: 'view_account', account_id: 'nobody.near', finality: 'final' };
    expect(await errorOf('query', params)).toEqual({
      status: 200,
      error: {
        name: 'HANDLER_ERROR',
        cause: { name: 'UNKNOWN_ACCOUNT', info: { requested_account_id: 'nobody.near', block_height: height, block_hash: hash } },
        code: -32000,
        message: 'Server error',
        data: 'account nobody.near does not exist while viewing',
      },
    });
  });

  it('of a key or a call is a result with an error in query, as on NEAR, and a handler error in the newer methods', async () => {
    const { height, hash } = local.chain.head;
    const key = 'ed25519:11111111111111111111111111111111';
    const account = { account_id: 'deai.local', finality: 'final' };
    const tail = { logs: [], block_height: height, block_hash: hash };
    expect(await result('query', { request_type: 'view_access_key', ...account, public_key: key })).toEqual({
      error: `access key ${key} does not exist while viewing`,
      ...tail,
    });
    const call = { method_name: 'get', args_base64: '' };
    expect(await result('query', { request_type: 'call_function', ...account, ...call })).toMatchObject({
      error: expect.stringContaining('CodeDoesNotExist { account_id: "deai.local" }'),
    });
    expect(await errorOf('EXPERIMENTAL_view_access_key', { ...account, public_key: key })).toMatchObject({
      status: 200,
      error: { cause: { name: 'UNKNOWN_ACCESS_KEY', info: { public_key: key, block_height: height, block_hash: hash } } },
    });
    expect(await errorOf('EXPERIMENTAL_call_function', { ...account, ...call })).toMatchObject({
      error: { cause: { name: 'NO_CONTRACT_CODE', info: { contract_account_id: 'deai.local' } } },
    });
  });

  it('of a transaction that is refused carries the reason in serde form', async () => {
    const kind = { InvalidNonce: { tx_nonce: 1, ak_nonce: 2 } };
    const context = withChain({
      submit: () => {
        throw new InvalidTxError(kind);
      },
    });
    expect(await answerRpc(context, send('broadcast_tx_commit'))).toEqual({
      httpStatus: 200,
      body: {
        jsonrpc: '2.0',
        id: 1,
        error: {
          name: 'HANDLER_ERROR',
          cause: { name: 'INVALID_TRANSACTION', info: {} },
          code: -32000,
          message: 'Server error',
          data: { TxExecutionError: { InvalidTxError: kind } },
        },
      },
    });
  });

  it('of a transaction that cannot be read is a parse error', async () => {
    const context = withChain({
      submit: () => {
        throw new TxDecodeError('three bytes are no transaction');
      },
    });
    expect(await answerRpc(context, send())).toMatchObject({ httpStatus: 400, body: { error: { cause: { name: 'PARSE_ERROR' } } } });
  });

  it('of a transaction that takes too long is a timeout, which clients repeat', async () => {
    const never = new Promise<never>(() => {});
    const context = withChain({ submit: () => ({ hash: '1'.repeat(32), included: never, executed: never }) });
    expect(await answerRpc(context, send())).toEqual({
      httpStatus: 408,
      body: {
        jsonrpc: '2.0',
        id: 1,
        error: { name: 'HANDLER_ERROR', cause: { name: 'TIMEOUT_ERROR' }, code: -32000, message: 'Server error', data: 'Timeout' },
      },
    });
  });

  it('of the store is internal', async () => {
    const failed = Promise.reject(new Error('disk full'));
    failed.catch(() => {});
    const context = withChain({ submit: () => ({ hash: '1'.repeat(32), included: failed, executed: failed }) });
    expect(await answerRpc(context, send())).toMatchObject({
      httpStatus: 500,
      body: { error: { name: 'INTERNAL_ERROR', cause: { name: 'INTERNAL_ERROR', info: { error_message: 'disk full' } } } },
    });
  });
});

describe('the sandbox', () => {
  it('patches state, passes heights and moves the clock', async () => {
    const code = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]).toString('base64');
    const key = 'ed25519:11111111111111111111111111111112';
    await result('sandbox_patch_state', {
      records: [
        {
          Account: {
            account_id: 'made.near',
            account: { amount: '5000000000000000000000000', locked: '0', code_hash: '1'.repeat(32), storage_usage: 0 },
          },
        },
        { AccessKey: { account_id: 'made.near', public_key: key, access_key: { nonce: 0, permission: 'FullAccess' } } },
        { Contract: { account_id: 'made.near', code } },
        { Data: { account_id: 'made.near', data_key: 'YQ==', value: 'Yg==' } },
      ],
    });
    const query = (request_type: string, more = {}) =>
      result('query', { request_type, account_id: 'made.near', finality: 'final', ...more });
    expect(await query('view_account')).toMatchObject({ amount: '5000000000000000000000000' });
    expect(await query('view_access_key_list')).toMatchObject({ keys: [{ public_key: key }] });
    expect(await query('view_code')).toMatchObject({ code_base64: code });
    expect(await query('view_state', { prefix_base64: '' })).toMatchObject({ values: [{ key: 'YQ==', value: 'Yg==' }] });
    const { height, timestampNanosec } = local.chain.head;
    await result('sandbox_fast_forward', { delta_height: 100 });
    expect(local.chain.head.height).toBe(height + 100);
    const moved = (await result('deai_advance', { ms: 3_600_000 })) as { timestamp_nanosec: string };
    expect(BigInt(moved.timestamp_nanosec) - BigInt(timestampNanosec)).toBeGreaterThanOrEqual(3_600_000n * 1_000_000n);
  });

  it('refuses keys it would have to change, and is not there unless asked for', async () => {
    const record = { account_id: 'deai.local', public_key: 'ed25519:1', access_key: { permission: { FunctionCall: {} } } };
    expect(await errorOf('sandbox_patch_state', { records: [{ AccessKey: record }] })).toMatchObject({
      error: { cause: { name: 'PARSE_ERROR' } },
    });
    const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'deai_advance', params: { ms: 1 } });
    expect(await answerRpc(withChain({}), request)).toMatchObject({ body: { error: { cause: { name: 'METHOD_NOT_FOUND' } } } });
  });
});
