import { countTokens } from '@deai/protocol';
import { cosine, decodeVector } from '@deai/sdk';
import OpenAI from 'openai';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Account, registerAccount } from './src/accounts.ts';
import { startAgent } from './src/agent-process.ts';
import { allTasks, expectPaidFor } from './src/books.ts';
import { startNetwork } from './src/network-process.ts';

const MODEL = 'use-lite';
const DIMENSIONS = 512;
const TEXTS = ['A cat sleeps on the sofa.', 'A kitten is napping on the couch.', 'The central bank raised its rates.'];

let url: string;
let requester: Account;
let operator: Account;
let openai: OpenAI;

beforeAll(async () => {
  ({ url } = await startNetwork());
  [requester, operator] = await Promise.all([registerAccount(url, 'requester'), registerAccount(url, 'operator')]);
  await startAgent({ serverUrl: url, operator, kinds: ['embeddings'] });
  openai = new OpenAI({ apiKey: requester.apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
}, 120_000);

describe("OpenAI's own client, against a node that computes", () => {
  test('lists the models on offer', async () => {
    const { data } = await openai.models.list();
    expect(data).toEqual([{ id: MODEL, object: 'model', created: expect.any(Number), owned_by: expect.any(String) }]);
    expect(await openai.models.retrieve(MODEL)).toMatchObject({ id: MODEL });
  });

  test('embeds one text, with its usage', async () => {
    const { data, model, usage } = await openai.embeddings.create({ model: MODEL, input: TEXTS[0] as string });
    expect(model).toBe(MODEL);
    expect(data).toHaveLength(1);
    expect(data[0]?.embedding).toHaveLength(DIMENSIONS);
    const tokens = countTokens(TEXTS[0] as string);
    expect(usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens });
  });

  test('embeds many texts in their order: what means the same is near', async () => {
    const { data } = await openai.embeddings.create({ model: MODEL, input: TEXTS, encoding_format: 'float' });
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
    const [cat, kitten, bank] = data.map(({ embedding }) => embedding) as [number[], number[], number[]];
    expect(cosine(cat, kitten)).toBeGreaterThan(cosine(cat, bank) + 0.2);
  });

  test('gives the same vectors as numbers, as base64 and by its own choice', async () => {
    const input = TEXTS[1] as string;
    const [float, base64, standard] = await Promise.all([
      openai.embeddings.create({ model: MODEL, input, encoding_format: 'float' }),
      openai.embeddings.create({ model: MODEL, input, encoding_format: 'base64' }),
      openai.embeddings.create({ model: MODEL, input }),
    ]);
    const numbers = float.data[0]?.embedding as number[];
    const decoded = decodeVector(base64.data[0]?.embedding as unknown as string);
    expect([...decoded]).toEqual(numbers.map(Math.fround));
    expect(standard.data[0]?.embedding).toEqual([...decoded]);
  });

  test('says in its own error types what is wrong', async () => {
    const input = 'x';
    const unknown = openai.embeddings.create({ model: 'text-embedding-9', input });
    await expect(unknown).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(unknown).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    const bad = new OpenAI({ apiKey: 'sk-not-a-key', baseURL: `${url}/v1`, maxRetries: 0 }).models.list();
    await expect(bad).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(bad).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
    const empty = openai.embeddings.create({ model: MODEL, input: [] });
    await expect(empty).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(empty).rejects.toMatchObject({ param: 'input' });
    const absent = openai.images.generate({ prompt: 'a cat' });
    await expect(absent).rejects.toMatchObject({ status: 404, code: 'unknown_url' });
  });

  test('was billed for what was embedded', async () => {
    await expectPaidFor(await allTasks(requester), [operator], requester);
    expect(BigInt((await operator.client.user.billing()).earnedYocto)).toBeGreaterThan(0n);
  });
});
