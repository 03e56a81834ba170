import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TaskFailed } from '../executors/executor.types.ts';
import { compileWat } from '../testing/wat.ts';
import { createByteReader, encodeU32 } from './byte-reader.ts';
import { limitModule } from './module-limits.ts';
import { type WasmMemory, wasmApi } from './web-assembly.ts';

const PAGES_PER_MIB = 16;

async function grownPages(memory: string, memoryMiB: number): Promise<number> {
  const module = await compileWat(`(module (memory (export "memory") ${memory})
    (func (export "grow") (result i32) (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (memory.size)))`);
  const { exports } = new wasmApi.Instance(new wasmApi.Module(limitModule(module, memoryMiB)), {});
  const pages = (exports.grow as () => number)();
  expect((exports.memory as WasmMemory).buffer.byteLength).toBe(pages * 65_536);
  return pages;
}

test.each([
  ['without a maximum', '1', 2, 2 * PAGES_PER_MIB],
  ['with a larger maximum', '1 60000', 3, 3 * PAGES_PER_MIB],
  ['with a smaller maximum', '1 5', 3, 5],
  ['that starts at the limit', '16', 1, PAGES_PER_MIB],
])('caps the growth of a memory %s', async (_what, memory, limitMiB, expected) => {
  expect(await grownPages(memory, limitMiB)).toBe(expected);
});

test('refuses a memory that is larger than the limit from the start', async () => {
  await expect(grownPages('17', 1)).rejects.toThrow('declares 17 memory pages');
});

test('refuses a table that would take gigabytes', async () => {
  const module = await compileWat('(module (table 200000000 funcref))');
  expect(() => limitModule(module, 16)).toThrow('table entries');
});

test('only ever throws a rejection, whatever the bytes', () => {
  const sections = fc.array(fc.tuple(fc.integer({ min: 0, max: 13 }), fc.uint8Array({ maxLength: 12 })), { maxLength: 4 });
  fc.assert(
    fc.property(sections, fc.uint8Array({ maxLength: 8 }), (parts, tail) => {
      const bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...parts.flatMap(([id, body]) => [id, body.length, ...body]), ...tail];
      try {
        limitModule(Uint8Array.from(bytes), 16);
      } catch (error) {
        if (!(error instanceof TaskFailed) || error.code !== 'TASK_INPUT_REJECTED') throw error;
      }
    }),
    { numRuns: 2_000 },
  );
});

test('reads back every number it encodes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => createByteReader(Uint8Array.from(encodeU32(value))).u32() === value),
  );
});
