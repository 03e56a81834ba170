import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { nodeCommand } from './node-command.ts';

/** The words that a shell makes of the command, npm played by a function. */
function wordsOf(command: string): string[] {
  const script = `npm() { printf '%s\\n' "$DEAI_URL" "$DEAI_API_KEY" "$@"; }\n${command}`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n');
}

describe('nodeCommand', () => {
  it('says the same to a shell, whatever the name holds', () => {
    const name = `it's $(my) "node"`;
    const command = nodeCommand({ origin: 'http://127.0.0.1:8080', key: 'deai_x', name, region: 'eu-west', kinds: ['ocr', 'wasm'] });
    const node = ['node', 'start', '--name', name, '--region', 'eu-west', '--kinds', 'ocr,wasm'];
    expect(wordsOf(command)).toEqual(['http://127.0.0.1:8080', 'deai_x', 'run', 'deai', '--', ...node]);
  });
  it('says who chats for a node that chats, and for no other', () => {
    const chat = { upstream: 'http://127.0.0.1:11434/v1', models: 'llama3.2' };
    const command = (kinds: string[]) => wordsOf(nodeCommand({ origin: 'http://h', key: 'k', name: '', region: '', kinds, chat })).slice(7);
    expect(command(['chat'])).toEqual(['--kinds', 'chat', '--upstream', chat.upstream, '--chat-models', 'llama3.2']);
    expect(command(['ocr'])).toEqual(['--kinds', 'ocr']);
  });
  it('leaves out what is empty', () => {
    const command = nodeCommand({ origin: 'http://h', key: undefined, name: ' ', region: '', kinds: [] });
    expect(command).toBe('DEAI_URL=http://h DEAI_API_KEY=… \\\n  npm run deai -- node start ');
  });
});
