import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '@deai/testkit';
import { describe, expect, it } from 'vitest';
import { contextOf, externalOf, wat } from '../vm/fixtures/wat.fixture.ts';
import { prepareContract } from '../vm/prepare-contract.ts';
import { runContract } from '../vm/run-contract.ts';
import { instrument } from '../vm/wasm/instrument.ts';
import { openInstrumentedFiles } from './instrumented-files.ts';

const CODE = wat('(data (i32.const 0) "kept") (func (export "main") (call $value_return (i64.const 4) (i64.const 0)))', ['value_return']);

/** Each under a hash of its own, since the process remembers what it has prepared. */
let hashes = 0;
const nextHash = () => `hash${hashes++}`;

function answerOf(hash: string, store: ReturnType<typeof openInstrumentedFiles>): string {
  const { returned } = runContract(prepareContract(hash, CODE, store), 'main', contextOf(), externalOf());
  return returned.kind === 'value' ? Buffer.from(returned.value).toString() : returned.kind;
}

describe('instrumented contracts in a folder', () => {
  it('gives back what was put there, to another process too', async () => {
    const folder = join(await tempDir(), 'contracts');
    const module = instrument(CODE);
    openInstrumentedFiles(folder).put('code', module);
    expect(openInstrumentedFiles(folder).get('code')).toEqual(module);
    expect(openInstrumentedFiles(folder).get('other')).toBeUndefined();
    expect(await readdir(folder)).toEqual(['code.v1.deai']);
  });

  it('is what a prepared contract is made of', async () => {
    const folder = await tempDir();
    const hash = nextHash();
    const other = wat('(data (i32.const 0) "file") (func (export "main") (call $value_return (i64.const 4) (i64.const 0)))', [
      'value_return',
    ]);
    openInstrumentedFiles(folder).put(hash, instrument(other));
    expect(answerOf(hash, openInstrumentedFiles(folder))).toBe('file');
  });

  it('makes a damaged, a cut and a foreign file anew', async () => {
    const folder = await tempDir();
    const store = openInstrumentedFiles(folder);
    const whole = instrument(CODE);
    const damage: ((file: Buffer) => Buffer)[] = [
      (file) => file.fill(1, file.length - 1),
      (file) => file.subarray(0, file.length - 1),
      (file) => Buffer.concat([file, Buffer.of(0)]),
      () => Buffer.alloc(0),
      () => Buffer.from('something else'),
    ];
    for (const change of damage) {
      const hash = nextHash();
      store.put(hash, whole);
      const path = join(folder, `${hash}.v1.deai`);
      const good = await readFile(path);
      await writeFile(path, change(Buffer.from(good)));
      expect(store.get(hash)).toBeUndefined();
      expect(answerOf(hash, store)).toBe('kept');
      expect(await readFile(path)).toEqual(good);
    }
  });

  it('does not let a stored module that is none decide that a contract is invalid', async () => {
    const store = openInstrumentedFiles(await tempDir());
    const hash = nextHash();
    store.put(hash, { ...instrument(CODE), wasm: Uint8Array.of(1, 2, 3) });
    expect(answerOf(hash, store)).toBe('kept');
    expect(store.get(hash)?.wasm.length).toBeGreaterThan(3);
  });

  it('keeps no contract that is invalid', async () => {
    const folder = await tempDir();
    expect(prepareContract(nextHash(), Uint8Array.of(1), openInstrumentedFiles(folder)).kind).toBe('invalid');
    expect(await readdir(folder)).toEqual([]);
  });

  it('only warns where it cannot write', async () => {
    const file = join(await tempDir(), 'file');
    await writeFile(file, '');
    const warnings: string[] = [];
    const store = openInstrumentedFiles(join(file, 'contracts'), ({ message }) => warnings.push(message));
    expect(answerOf(nextHash(), store)).toBe('kept');
    expect(warnings).toEqual([expect.stringContaining('could not be kept')]);
    await rm(file);
  });
});
