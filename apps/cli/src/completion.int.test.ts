import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '@deai/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { runDeai } from './testing/run-deai.ts';

/** Shells, and whether they are here: one that is not is skipped, so that it is counted. */
const SHELLS = ['bash', 'zsh', 'fish'].map((shell) => ({ shell, installed: !spawnSync(shell, ['-c', 'true']).error }));

let dir: string;
let script: string;

beforeAll(async () => {
  dir = await tempDir();
  script = join(dir, 'deai.bash');
  await writeFile(script, (await runDeai(['completion', 'bash'])).stdout);
});

/** What bash offers for the last word. */
function complete(...words: string[]): string[] {
  const line = ['deai', ...words].map((word) => `'${word}'`).join(' ');
  const code = `source '${script}'; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _deai; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', code], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

describe('completion', () => {
  for (const { shell, installed } of SHELLS) {
    it.skipIf(!installed)(installed ? `for ${shell} parses` : `for ${shell} parses (install ${shell})`, async () => {
      const path = join(dir, `deai.${shell}`);
      const { code, stdout } = await runDeai(['completion', shell]);
      expect(code).toBe(0);
      expect(stdout).toContain('max-price');
      await writeFile(path, stdout);
      expect(() => execFileSync(shell, ['-n', path], { stdio: 'pipe' })).not.toThrow();
    });
  }
  it('offers commands, below commands too', () => {
    expect(complete('su')).toEqual(['submit']);
    expect(complete('nodes', '')).toEqual(expect.arrayContaining(['why', 'mode']));
    expect(complete('--json', 'keys', 're')).toEqual(['revoke']);
    expect(complete('chain', 'st')).toEqual(['start', 'status']);
    expect(complete('unstake', '--w')).toEqual(['--withdraw']);
  });
  it('offers the options of the command, and those of the program', () => {
    expect(complete('submit', '--max')).toEqual(['--max-tokens', '--max-price']);
    expect(complete('tasks', '--js')).toEqual(['--json']);
  });
  it('offers the values of options and arguments', () => {
    expect(complete('tasks', '--status', 'c')).toEqual(['completed', 'cancelled']);
    expect(complete('nodes', 'mode', 'some-id', 'd')).toEqual(['drain']);
    expect(complete('serve', 'gateway', 'real')).toEqual(['realtime']);
  });
  it('offers files for other values', () => {
    expect(complete('submit', 'ocr', '--image', `${dir}/deai.ba`)).toEqual([script]);
  });
});
