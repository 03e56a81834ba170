import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { spawnProcess, tempDir, waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';

/** A crowded machine takes a minute to start all of it. */
const PATIENCE_MS = 150_000;
const DEMO = fileURLToPath(new URL('../../apps/demo/src/main.ts', import.meta.url));

function startDemo(dataDir: string) {
  return spawnProcess(process.execPath, [DEMO], { env: { DEAI_DATA_DIR: dataDir, KEEP: '', NO_COLOR: '1', FORCE_COLOR: undefined } });
}

/** Processes whose command line names the folder: what the demo started and did not end. */
async function processesOf(dataDir: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(dataDir) ? [command] : [];
    } catch {
      return [];
    }
  });
}

test('the demo runs real tasks of four kinds on three nodes, its books add up, and nothing stays behind; again on the same data', async () => {
  const dataDir = await tempDir();
  const first = await startDemo(dataDir);
  const { code } = await first.exited;
  const text = first.output();
  expect(text).toMatch(/All good: 21 of 21 tasks completed, the books add up, chain and ledger agree/);
  expect(text).toMatch(/with 21 receipts are final at compute\.deai\.local/);
  for (const node of ['amber', 'birch', 'cedar']) expect(text).toMatch(new RegExp(`${node} +[\\d.]+ → [\\d.]+ DEAI on chain`));
  expect(text).toMatch(
    /✓ work receipt of the first task: form, output, input, node_signature, gateway_signature, gateway_key, inclusion, root_on_chain/,
  );
  expect(code).toBe(0);
  expect(text).toMatch(/348513 primes below 5,000,000/);
  expect(text).toMatch(/French \(\d+ %\)/);
  expect(text).toMatch(/ocr .*library-sign\.png: “CITY LIBRARY/);
  expect(text).toMatch(/embeddings .*nearest \(0\.\d+\): “The cat sleeps on the warm windowsill\.” ~ “A kitten is napping/);
  for (const node of ['amber', 'birch', 'cedar']) expect(text).toMatch(new RegExp(`${node} +[1-9]\\d* tasks`));
  expect(await processesOf(dataDir)).toEqual([]);

  const second = await startDemo(dataDir);
  await second.waitForOutput(/Submitting 21 tasks/, { timeoutMs: PATIENCE_MS });
  second.kill('SIGINT');
  await second.exited;
  expect(await processesOf(dataDir)).toEqual([]);

  const third = await startDemo(dataDir);
  expect((await third.exited).code).toBe(0);
  expect(third.output()).toMatch(/All good/);
}, 480_000);

test('Ctrl-C at the start leaves no process and no broken data folder', async () => {
  const dataDir = await tempDir();
  const early = await startDemo(dataDir);
  await waitFor(async () => (await processesOf(dataDir)).length > 0);
  early.kill('SIGINT');
  await early.exited;
  expect(await processesOf(dataDir)).toEqual([]);
  const again = await startDemo(dataDir);
  await again.waitForOutput(/network up/, { timeoutMs: PATIENCE_MS });
  again.kill('SIGTERM');
  expect((await again.exited).code).toBe(130);
  expect(await processesOf(dataDir)).toEqual([]);
}, 120_000);
