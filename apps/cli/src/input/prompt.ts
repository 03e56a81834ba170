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

const [ENTER, NEW_LINE, CTRL_C, CTRL_D, CTRL_U, BACKSPACE, DELETE] = ['\r', '\n', '\u0003', '\u0004', '\u0015', '\b', '\u007f'];

function readHidden(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let characters: string[] = [];
    const finish = (end: () => void) => {
      stdin.off('data', onData);
      end();
    };
    const onData = (data: string) => {
      for (const character of data) {
        if (character === CTRL_C) return finish(() => reject(new DOMException('Interrupted', 'AbortError')));
        if (character === ENTER || character === NEW_LINE || character === CTRL_D) return finish(() => resolve(characters.join('')));
        if (character === BACKSPACE || character === DELETE) characters.pop();
        else if (character === CTRL_U) characters = [];
        else characters.push(character);
      }
    };
    stdin.on('data', onData);
  });
}

function mustBeTerminal(missing: string): void {
  if (!process.stdin.isTTY) throw usageError(missing);
}
