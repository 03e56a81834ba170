import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { spawnProcess } from './spawn-process.ts';
import { tempDir } from './temp-dir.ts';

const VITEST = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const REPORTER = fileURLToPath(new URL('./summary-reporter.ts', import.meta.url));

it('ends the output with one line that counts tests, and files that could not be loaded as failed', async () => {
  const root = await tempDir();
  await writeFile(
    join(root, 'a.test.js'),
    `it('a', () => {}); it('b', () => { throw new Error('b') }); it.skip('c', () => {}); it.todo('d')`,
  );
  await writeFile(join(root, 'b.test.js'), `throw new Error('not loadable')`);
  await writeFile(join(root, 'c.test.js'), `afterAll(() => { throw new Error('hook') }); it('e', () => {})`);
  const args = ['run', '--root', root, '--globals', '--reporter=default', `--reporter=${REPORTER}`];
  // Standard output alone: how the two streams interleave is not the reporter's.
  const command = ['-c', 'exec "$0" "$@" 2>/dev/null', process.execPath, VITEST, ...args];
  const child = await spawnProcess('sh', command, { env: { NO_COLOR: '1' } });
  const { code } = await child.exited;
  expect(child.output().trimEnd().split('\n').at(-1)).toBe('2 passed, 3 failed, 2 skipped');
  expect(code).toBe(1);
});
