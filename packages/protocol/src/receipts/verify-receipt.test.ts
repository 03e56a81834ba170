import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newKeyPair } from '../wire/signing.ts';
import { INPUT, makeDocument, makeReceipt, OUTPUT, sha256 } from './receipt.fixture.ts';
import type { ReceiptDocument } from './receipt-document.ts';
import { type ReceiptVerdict, type VerifyReceiptOptions, verifyReceipt } from './verify-receipt.ts';

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const functions = {
  sha256,
  verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array) {
    return verify(null, message, createPublicKey({ key: Buffer.concat([ED25519_SPKI, key]), format: 'der', type: 'spki' }), signature);
  },
};
const { document, network, root } = makeDocument();
const everything: VerifyReceiptOptions = { ...functions, output: OUTPUT, input: INPUT, network, root };
const outcomes = ({ checks }: ReceiptVerdict) => Object.fromEntries(checks.map(({ check, ok }) => [check, ok]));
const failing = ({ checks }: ReceiptVerdict) => checks.filter(({ ok }) => ok === false).map(({ check }) => check);
const copy = () => structuredClone(document) as ReceiptDocument & { batch: NonNullable<ReceiptDocument['batch']> };

test('a settled receipt passes every check, in the documented order', async () => {
  const verdict = await verifyReceipt(document, everything);
  expect(verdict).toEqual({
    valid: true,
    checks: ['form', 'output', 'input', 'node_signature', 'gateway_signature', 'gateway_key', 'inclusion', 'root_on_chain'].map(
      (check) => ({
        check,
        ok: true,
      }),
    ),
  });
});

test('what there is nothing to check with is not checked, and the verdict says why', async () => {
  const { batch: _, ...unsettled } = document;
  const verdict = await verifyReceipt(unsettled, functions);
  expect(verdict.valid).toBe(true);
  expect(outcomes(verdict)).toEqual({
    form: true,
    output: null,
    input: null,
    node_signature: true,
    gateway_signature: true,
    gateway_key: null,
    inclusion: null,
    root_on_chain: null,
  });
  for (const { ok, reason } of verdict.checks) if (ok === null) expect(reason).toMatch(/^not checked: /);
  const offline = await verifyReceipt(document, functions);
  expect(offline.checks.at(-1)).toEqual({ check: 'root_on_chain', ok: null, reason: 'not checked: no chain' });
});

test.each<[string, () => unknown, Partial<VerifyReceiptOptions>, string[]]>([
  ['another output', () => document, { output: { results: [] } }, ['output']],
  ['another input', () => document, { input: { texts: [] } }, ['input']],
  [
    'other units',
    () => ({ ...document, receipt: { ...document.receipt, units: '2' } }),
    {},
    ['node_signature', 'gateway_signature', 'inclusion'],
  ],
  ['another reward', () => ({ ...document, receipt: { ...document.receipt, rewardYocto: '7' } }), {}, ['gateway_signature', 'inclusion']],
  [
    "another node's key",
    () => ({ ...document, receipt: { ...document.receipt, nodeKey: newKeyPair().publicKey } }),
    {},
    ['node_signature', 'gateway_signature', 'inclusion'],
  ],
  ['another network', () => ({ ...document, networkId: 'other' }), {}, ['gateway_signature', 'gateway_key']],
  ["a stranger's network", () => makeDocument().document, { root: undefined as never }, ['gateway_key']],
  ['another batch', () => ({ ...document, batch: { ...document.batch, id: 42 } }), {}, ['root_on_chain']],
  ['another contract', () => ({ ...document, batch: { ...document.batch, contractId: 'x.near' } }), {}, ['root_on_chain']],
  ['another root on chain', () => document, { root: { ...root, hash: '00'.repeat(32) } }, ['root_on_chain']],
  ['other sums on chain', () => document, { root: { ...root, sums: ['1', '2'] } }, ['root_on_chain']],
  ['a rejected batch', () => document, { root: { ...root, status: 'rejected' } }, ['root_on_chain']],
])('%s is found, by name', async (_name, make, options, expected) => {
  const verdict = await verifyReceipt(make(), { ...everything, ...options });
  expect(verdict.valid).toBe(false);
  expect(failing(verdict)).toEqual(expected);
  for (const { ok, reason } of verdict.checks) if (ok === false) expect(reason).toMatch(/\w/);
});

describe('form', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'receipt'],
    ['a list', [document]],
    ['a later version', { ...document, version: 2 }],
    ['a field too many', { ...document, more: 1 }],
    ['a field too many within', { ...document, receipt: { ...document.receipt, more: 1 } }],
    ['no signature', { ...document, gateway: { publicKey: document.gateway.publicKey } }],
    ['an amount beyond 128 bits', { ...document, receipt: { ...document.receipt, rewardYocto: '9'.repeat(39) } }],
    ['an amount with leading zeros', { ...document, receipt: { ...document.receipt, rewardYocto: '01' } }],
    ['a number in another notation', { ...document, receipt: { ...document.receipt, units: '1.0' } }],
    ['hex in upper case', { ...document, receipt: { ...document.receipt, outputHash: document.receipt.outputHash.toUpperCase() } }],
    ['a key of 33 bytes', { ...document, gateway: { ...document.gateway, publicKey: `ed25519:${'1'.repeat(33)}` } }],
  ])('%s has not the form of a receipt', async (_name, given) => {
    const verdict = await verifyReceipt(given, everything);
    expect(failing(verdict)).toEqual(['form']);
    expect(verdict.checks.slice(1).every(({ ok }) => ok === null)).toBe(true);
  });

  test('whatever JSON is given, the verdict comes and is invalid', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect((await verifyReceipt(value, everything)).valid).toBe(false);
      }),
    );
  });
});

describe('tampering', () => {
  type Fields = Record<string | number, unknown>;
  /** Every string and number of the document, by its path. */
  function leavesOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
    if (typeof value !== 'object' || value === null) return [path];
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, Array.isArray(value) ? Number(key) : key]));
  }
  function changed(path: readonly (string | number)[], change: (value: never) => unknown): unknown {
    const tampered = copy();
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Fields)[key], tampered) as Fields;
    const last = path.at(-1) as string | number;
    parent[last] = change(parent[last] as never);
    return tampered;
  }
  const leaves = leavesOf(document);

  test('a change of any character of any field, or of any number, is found', async () => {
    const alphabet = fc.constantFrom(...'0123456789abcdefABCDEFGHIJKLMNOPQRSTUVWXYZghijklmnopqrstuvwxyz+/=-_.: LR');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...leaves), fc.nat(), alphabet, fc.integer({ min: 1, max: 9 }), async (path, at, character, by) => {
        const tampered = changed(path, (value: string | number) => {
          if (typeof value === 'number') return value + by;
          const index = at % value.length;
          fc.pre(value[index] !== character);
          return value.slice(0, index) + character + value.slice(index + 1);
        });
        expect(await verifyReceipt(tampered, everything)).toMatchObject({ valid: false });
      }),
      { numRuns: 1_000 },
    );
  });

  test('each last digit of hashes and signatures counts, whatever takes its place', async () => {
    for (const path of leaves) {
      for (const character of '0123456789abcdefABCDEFgQRSTUVWwxyz') {
        let same = false;
        const tampered = changed(path, (value: string | number) => {
          if (typeof value === 'number') return value + 1;
          if (value.length < 40) return `${value}1`;
          const index = value.endsWith('==') ? value.length - 3 : value.length - 1;
          same = value[index] === character;
          return value.slice(0, index) + character + value.slice(index + 1);
        });
        if (!same) expect((await verifyReceipt(tampered, everything)).valid, path.join('.')).toBe(false);
      }
    }
  });

  test('a field left out, emptied or doubled is found', async () => {
    for (const path of leaves) {
      for (const change of [() => undefined, () => '', () => null, (value: unknown) => [value], (value: unknown) => `${value}${value}`]) {
        expect((await verifyReceipt(JSON.parse(JSON.stringify(changed(path, change))), everything)).valid, path.join('.')).toBe(false);
      }
    }
  });

  test('a step of a path or proof moved, left out or repeated is found', async () => {
    const lists: ((tampered: ReturnType<typeof copy>) => unknown[])[] = [(d) => d.receipt.path, (d) => d.batch.proof];
    for (const list of lists) {
      for (let i = 0; i < list(copy()).length; i++) {
        for (const [remove, ...insert] of [[1], [0, i], [2, i + 1, i]] as number[][]) {
          const tampered = copy();
          const steps = list(tampered);
          const given = [...steps];
          steps.splice(i, remove as number, ...insert.map((k) => given[k] ?? given[0]));
          expect((await verifyReceipt(tampered, everything)).valid).toBe(false);
        }
      }
    }
  });

  test('parts of another genuine receipt in its place are found', async () => {
    const other = makeDocument().document;
    for (const part of ['receipt', 'gateway', 'batch'] as const) {
      expect((await verifyReceipt({ ...document, [part]: other[part] }, everything)).valid).toBe(false);
    }
  });
});

test('a signature that cannot be read is a failed check, not an error', async () => {
  const throwing = { ...everything, verifyEd25519: () => Promise.reject(new Error('bad point')) };
  expect(failing(await verifyReceipt(document, throwing))).toEqual(['node_signature', 'gateway_signature']);
});

test('a receipt of a frame with a single result verifies too', async () => {
  const receipt = makeReceipt({ results: 1, index: 0 });
  const { rewardYocto, feeYocto, ...rest } = receipt;
  const json = { ...rest, path: [...rest.path], rewardYocto: String(rewardYocto), feeYocto: String(feeYocto) };
  const verdict = await verifyReceipt({ ...document, receipt: json, batch: undefined }, functions);
  expect(outcomes(verdict)).toMatchObject({ node_signature: true, gateway_signature: false });
});

test('nothing that a browser lacks is imported', () => {
  const seen = new Set<string>();
  const visit = (url: URL): void => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    for (const [, specifier = ''] of readFileSync(url, 'utf8').matchAll(/^(?:import|export)(?! type)[^;]*?from '([^']+)';/gm)) {
      expect(specifier, `${url.pathname} imports ${specifier}`).not.toMatch(/^node:/);
      if (specifier.startsWith('.')) visit(new URL(specifier, url));
    }
  };
  visit(new URL('./index.ts', import.meta.url));
  expect(seen.size).toBeGreaterThan(7);
});
