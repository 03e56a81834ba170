import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { samplesOf } from './samples.ts';

const codeOf = (id: string, ...args: Parameters<typeof samplesOf>) => samplesOf(...args).find((sample) => sample.id === id)?.code ?? '';
const TEXTS = { kind: 'language-id', input: { texts: ['It\'s "quoted" \\ here', '東京'] } };
const IMAGE = { kind: 'ocr', input: { image: 'A'.repeat(5_000) } };
const ORIGIN = 'http://127.0.0.1:8080';

/** What a shell would send: curl is played by a function that prints its -d, or what comes in for `-d @-`. */
function sentBy(code: string): unknown {
  const script = `curl() { while [ $# -gt 0 ]; do if [ "$1" = -d ]; then if [ "$2" = @- ]; then cat; else printf %s "$2"; fi; fi; shift; done; }\nbase64() { echo ZmlsZQ==; }\n${code}`;
  const cwd = mkdtempSync(join(tmpdir(), 'deai-samples-'));
  for (const name of ['image.png', 'program.wasm']) writeFileSync(join(cwd, name), '');
  try {
    return JSON.parse(execFileSync('bash', ['-c', script], { encoding: 'utf8', cwd }));
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

describe('samples', () => {
  it('send the very task, whatever is quoted in it', () => {
    expect(sentBy(codeOf('curl', ORIGIN, TEXTS))).toEqual(TEXTS);
  });
  it('read files instead of spelling them out', () => {
    expect(sentBy(codeOf('curl', ORIGIN, IMAGE))).toEqual({ kind: 'ocr', input: { image: 'ZmlsZQ==' } });
    const args = ['$HOME', '`id`', '\\n "x"'];
    const withFile = { kind: 'wasm', input: { module: 'A'.repeat(5_000), args } };
    expect(sentBy(codeOf('curl', ORIGIN, withFile))).toEqual({ kind: 'wasm', input: { module: 'ZmlsZQ==', args } });
    for (const { code } of samplesOf(ORIGIN, IMAGE)) expect(code).not.toContain('AAAA');
    expect(codeOf('js', ORIGIN, IMAGE)).toContain('"image": image');
    expect(codeOf('python', ORIGIN, IMAGE)).toContain('open("image.png", "rb")');
  });
});
