import { createInterface } from 'node:readline/promises';
import { usageError } from '../cli-error.ts';

/** Asks for one line, on standard error. @throws CliError without a terminal; AbortError at Ctrl-C. */
export async function ask(question: string, missing: string): Promise<string> {
  mustBeTerminal(missing);
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await line.question(question)).trim();
  } finally {
    line.close();
  }
}

/** Asks for one line that is not shown. @throws as {@link ask} does. */
export async function askHidden(question: string, missing: string): Promise<string> {
  mustBeTerminal(missing);
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true).setEncoding('utf8').resume();
  try {
    return await readHidden(stdin);
  } finally {
    stdin.setRawMode(false).pause();
    stderr.write('\n');
  }
}

const [CTRL_C, CTRL_D, CTRL_U, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\u0015', '\b', '\u007f'] as const;
const ENDS: readonly string[] = ['\r', '\n', CTRL_C, CTRL_D];

function readHidden(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let characters: string[] = [];
    const onData = (data: string) => {
      for (const character of data) {
        if (ENDS.includes(character)) {
          stdin.off('data', onData);
          if (character === CTRL_C) reject(new DOMException('Interrupted', 'AbortError'));
          else resolve(characters.join(''));
          return;
        }
        characters = edited(characters, character);
      }
    };
    stdin.on('data', onData);
  });
}

/** The line after a key. */
function edited(characters: string[], key: string): string[] {
  if (key === CTRL_U) return [];
  return key === BACKSPACE || key === DELETE ? characters.slice(0, -1) : [...characters, key];
}

function mustBeTerminal(missing: string): void {
  if (!process.stdin.isTTY) throw usageError(missing);
}
