import { createHash } from 'node:crypto';
import { proofToJson, receiptLeaf, receiptOfJson, sumLeaf, sumTree } from '@deai/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeaiClient, nodeAccount, receiptPath, verifyReceipt } from './index.ts';
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

describe('receiptPath', () => {
  const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest();

  it('leads from the leaf to the root of the batch, step by step', async () => {
    const document = makeDocument();
    const others = [1n, 2n, 3n, 4n].map((n) => sumLeaf(sha256, new Uint8Array([Number(n)]), [n, n]));
    const leaf = receiptLeaf(sha256, receiptOfJson(document.receipt));
    const tree = sumTree(sha256, [...others.slice(0, 2), leaf, ...others.slice(2)], 2);
    const root = { hash: Buffer.from(tree.root.hash).toString('hex'), sums: tree.root.sums.map(String) };
    const batch = { id: 1, contractId: 'compute.deai', root, proof: proofToJson(tree.proof(2)) };
    const path = await receiptPath({ ...document, batch });
    expect(path?.steps.map(({ side }) => side)).toEqual(['right', 'left', 'right']);
    expect(path?.leaf).toEqual(path?.steps[0]?.own);
    expect(path?.steps[1]?.own).toEqual(path?.steps[0]?.parent);
    expect(path?.steps.at(-1)?.parent).toEqual(root);
    expect((await verifyReceipt({ ...document, batch })).checks.find(({ check }) => check === 'inclusion')?.ok).toBe(true);
  });
  it('is not there before the receipt is in a batch', async () => {
    expect(await receiptPath(makeDocument())).toBeUndefined();
  });
});

describe('nodeAccount', () => {
  it("is the implicit account of the node's key", async () => {
    expect(await nodeAccount('ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp')).toBe(
      '4da7e0f4096aaf2ce55e371657cd3089ba1e9f59f4d6e27bd02e472a16a61dc1',
    );
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
