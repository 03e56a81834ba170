import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { samplesOf } from './samples.ts';

const codeOf = (id: string, ...args: Parameters<typeof samplesOf>) => samplesOf(...args).find((sample) => sample.id === id)?.code ?? '';
const TEXTS = { kind: 'language-id', input: { texts: ['It\'s "quoted" \\ here', '東京'] } };
const IMAGE = { kind: 'ocr', input: { image: 'A'.repeat(5_000) } };
const ORIGIN = 'http://127.0.0.1:8080';

/** What a shell would send: curl is played by a function that prints its -d. */
function sentBy(code: string): unknown {
  const script = `curl() { while [ $# -gt 0 ]; do [ "$1" = -d ] && printf %s "$2"; shift; done; }\nbase64() { echo ZmlsZQ==; }\n${code}`;
  return JSON.parse(execFileSync('bash', ['-c', script], { encoding: 'utf8' }));
}

describe('samples', () => {
  it('send the very task, whatever is quoted in it', () => {
    expect(sentBy(codeOf('curl', ORIGIN, TEXTS))).toEqual(TEXTS);
  });
  it('read files instead of spelling them out', () => {
    expect(sentBy(codeOf('curl', ORIGIN, IMAGE))).toEqual({ kind: 'ocr', input: { image: 'ZmlsZQ==' } });
    for (const { code } of samplesOf(ORIGIN, IMAGE)) expect(code).not.toContain('AAAA');
    expect(codeOf('js', ORIGIN, IMAGE)).toContain('"image": image');
    expect(codeOf('python', ORIGIN, IMAGE)).toContain('open("image.png", "rb")');
  });
});
