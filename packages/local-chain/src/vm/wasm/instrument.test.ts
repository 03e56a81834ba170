import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { sha256 } from '../../crypto/sha256.ts';
import { INSTRUMENTATION_VERSION, instrument } from './instrument.ts';

it('makes the same of a contract as long as its version stays the same: raise it with every change', async () => {
  const { wasm, methods, otherExports, imports, ...rest } = instrument(
    await readFile(new URL('../../../golden/deai_token.wasm', import.meta.url)),
  );
  expect({
    version: INSTRUMENTATION_VERSION,
    wasm: sha256(wasm).toString('hex'),
    names: sha256([...imports, ...methods, ...otherExports].join()).toString('hex'),
    ...rest,
  }).toMatchInlineSnapshot(`
    {
      "dataEnd": 1079021,
      "names": "12257828caaff4ff72c4fdc4409c911358d04250d637c817d46ae5d1effcab73",
      "reusable": true,
      "version": 1,
      "wasm": "8e9d59c7595b909238f397f4b7784126e5b5b864b76f7a3a10950b64ac5f23fa",
    }
  `);
});
