import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const BASE = { DEAI_SERVER_URL: 'http://127.0.0.1:8080', DEAI_API_KEY: 'key', DEAI_NODE_DATA_DIR: '/var/lib/deai' };

test('reads the required variables and leaves the rest to the defaults', () => {
  expect(readConfig({ ...BASE, DEAI_NODE_NAME: 'n1' })).toEqual({
    serverUrl: 'http://127.0.0.1:8080',
    apiKey: 'key',
    name: 'n1',
    region: 'local',
    dataDir: '/var/lib/deai',
    logLevel: 'info',
  });
});

test('reads kinds, concurrency, an upstream and GGUF models', () => {
  const config = readConfig({
    ...BASE,
    DEAI_NODE_KINDS: 'ocr, wasm',
    DEAI_NODE_CONCURRENCY: 'ocr=2',
    DEAI_UPSTREAM_URL: 'http://127.0.0.1:11434/v1',
    DEAI_UPSTREAM_CHAT_MODELS: 'llama,qwen',
    DEAI_GGUF: 'small=/models/a.gguf,large=/models/b.gguf:8192',
  });
  expect(config).toMatchObject({
    kinds: ['ocr', 'wasm'],
    concurrency: { ocr: 2 },
    upstream: { baseUrl: 'http://127.0.0.1:11434/v1', apiKey: 'none', chatModels: ['llama', 'qwen'], embeddingModels: [] },
    gguf: [
      { name: 'small', path: '/models/a.gguf', contextSize: 4_096 },
      { name: 'large', path: '/models/b.gguf', contextSize: 8_192 },
    ],
  });
});

test.each([
  ['DEAI_SERVER_URL', 'ftp://example'],
  ['DEAI_API_KEY', ''],
  ['DEAI_NODE_KINDS', 'ocr,telepathy'],
  ['DEAI_NODE_CREDITS', '0'],
  ['DEAI_NODE_CONCURRENCY', 'ocr=many'],
  ['DEAI_GGUF', 'no-path'],
])('names %s when it is wrong', (variable, value) => {
  expect(() => readConfig({ ...BASE, [variable]: value })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ variable }) }),
  );
});
