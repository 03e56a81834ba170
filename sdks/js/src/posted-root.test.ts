import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postedRoot } from './index.ts';

const HASH = 'ab'.repeat(32);
const bytesOf = (value: unknown) => [...Buffer.from(JSON.stringify(value))];

describe('postedRoot', () => {
  let server: Server;
  let answer: unknown;
  let asked: { params: Record<string, string> } | undefined;
  const ask = () =>
    postedRoot({
      rpcUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      contractId: 'compute.deai',
      batchId: 7,
      timeoutMs: 5_000,
    });

  beforeEach(async () => {
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      asked = JSON.parse(text);
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('asks the contract, in its words, and gives what it holds', async () => {
    const receipts = { hash: HASH, sums: ['3', '1'] };
    answer = { result: { result: bytesOf({ number: 7, status: 'final', receipts }) } };
    expect(await ask()).toEqual({ batchId: 7, contractId: 'compute.deai', status: 'final', ...receipts });
    expect(asked?.params).toMatchObject({ account_id: 'compute.deai', method_name: 'get_batch', finality: 'final' });
    expect(atob(asked?.params.args_base64 ?? '')).toBe('{"number":7}');
  });
  it('says nothing of a batch that the contract does not hold', async () => {
    answer = { result: { result: bytesOf(null) } };
    expect(await ask()).toBeUndefined();
  });
  it('names what the node says when it gives no answer', async () => {
    answer = { error: { name: 'HANDLER_ERROR', cause: { name: 'UNKNOWN_ACCOUNT' } } };
    await expect(ask()).rejects.toMatchObject({ code: 'CHAIN_UNAVAILABLE', message: expect.stringContaining('UNKNOWN_ACCOUNT') });
  });
});
