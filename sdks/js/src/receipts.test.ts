import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeaiClient, verifyReceipt } from './index.ts';
import { INPUT, makeDocument, OUTPUT, TASK_ID } from './testing/receipt-document.ts';
import { refuse, startTestServer, type TestServer } from './testing/test-server.ts';

const failing = async (...args: Parameters<typeof verifyReceipt>) =>
  (await verifyReceipt(...args)).checks.filter(({ ok }) => ok === false).map(({ check }) => check);

describe('verifyReceipt', () => {
  const document = makeDocument();
  const network = { networkId: 'local', keys: [{ publicKey: document.gateway.publicKey }] };

  it('verifies what the network signed, in a browser as well as here', async () => {
    const verdict = await verifyReceipt(document, { network, output: OUTPUT, input: INPUT });
    expect(verdict.valid).toBe(true);
    expect(verdict.checks.map(({ check, ok }) => `${check} ${ok}`)).toEqual([
      'form true',
      'output true',
      'input true',
      'node_signature true',
      'gateway_signature true',
      'gateway_key true',
      'inclusion null',
      'root_on_chain null',
    ]);
  });
  it('names what is wrong', async () => {
    expect(await failing(document, { output: { text: 'bye' } })).toEqual(['output']);
    expect(await failing({ ...document, receipt: { ...document.receipt, runMs: '2' } }, { network })).toEqual([
      'node_signature',
      'gateway_signature',
    ]);
    expect(await failing({ ...document, gateway: makeDocument().gateway }, { network })).toEqual(['gateway_signature', 'gateway_key']);
    expect(await failing('nonsense')).toEqual(['form']);
  });
  it('says no to keys and signatures that are no points of the curve', async () => {
    const odd = { ...document.receipt, nodeKey: 'ed25519:JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFG', signature: `${'/'.repeat(85)}w==` };
    expect(await failing({ ...document, receipt: odd })).toContain('node_signature');
  });
});

describe('a client', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startTestServer();
  });
  afterEach(() => server.close());

  it('fetches receipts and the keys of the network', async () => {
    const document = makeDocument();
    const { publicKey } = document.gateway;
    server.on('GET /tasks/*/receipt', () => ({ body: document }));
    server.on('GET /network/keys', () => ({
      body: { networkId: 'local', keys: [{ publicKey, signsFrom: '2026-01-01T00:00:00.000Z' }] },
    }));
    const client = new DeaiClient({ baseUrl: server.url, apiKey: 'deai_key' });
    const receipt = await client.tasks.receipt(TASK_ID);
    expect(receipt).toEqual(document);
    expect((await verifyReceipt(receipt, { network: await client.network.keys() })).valid).toBe(true);
    server.on('GET /tasks/*/receipt', () => refuse(409, 'RECEIPT_NOT_AVAILABLE'));
    await expect(client.tasks.receipt(TASK_ID)).rejects.toMatchObject({ code: 'RECEIPT_NOT_AVAILABLE', retryable: false });
  });
});
