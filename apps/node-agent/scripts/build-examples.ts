/** Compiles `examples/wasm/*.wat` to the `.wasm` files beside them. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { compileWat } from '../src/testing/wat.ts';

const folder = new URL('../../../examples/wasm/', import.meta.url);

for (const name of await readdir(folder)) {
  if (!name.endsWith('.wat')) continue;
  const bytes = await compileWat(await readFile(new URL(name, folder), 'utf8'), name);
  const target = name.replace(/\.wat$/, '.wasm');
  await writeFile(new URL(target, folder), bytes);
  process.stdout.write(`${target}: ${bytes.length} bytes\n`);
}
