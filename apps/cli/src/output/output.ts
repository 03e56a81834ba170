import { createColors } from 'picocolors';
import type { CliConfig } from '../config.ts';

export type Colors = ReturnType<typeof createColors>;

/** Where a command writes. Results go to standard output, everything else to standard error. */
export interface Output {
  /** One JSON document, or JSON lines, and nothing else on standard output. */
  readonly json: boolean;
  /** A person watches: progress may be drawn on standard error. */
  readonly interactive: boolean;
  /** Results go to a terminal. */
  readonly terminal: boolean;
  /** Columns of the terminal; 100 where there is none. */
  readonly columns: number;
  /** Colours for standard output. */
  readonly colors: Colors;
  /** Colours for standard error. */
  readonly errorColors: Colors;
  /** The result of the command: `value` as JSON, or the text that `render` makes for people. */
  result(value: unknown, render: (colors: Colors) => string): void;
  /** One of many results, as it comes. */
  item(value: unknown, render: (colors: Colors) => string): void;
  /** A remark for people; left out with --json. */
  note(text: string): void;
  /** Straight to standard error. */
  error(text: string): void;
}

export interface OutputOptions {
  json: boolean;
  color: boolean;
}

/** Output to the streams of this process. */
export function createOutput({ json, color }: OutputOptions, { noColor, forceColor }: Pick<CliConfig, 'noColor' | 'forceColor'>): Output {
  const { stdout, stderr } = process;
  const colorsFor = (stream: NodeJS.WriteStream) => createColors(color && !noColor && (forceColor || stream.isTTY));
  const colors = colorsFor(stdout);
  const print = (text: string) => void stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return {
    json,
    interactive: !json && stderr.isTTY === true,
    terminal: stdout.isTTY === true,
    columns: stdout.columns ?? 100,
    colors,
    errorColors: colorsFor(stderr),
    result: (value, render) => print(json ? JSON.stringify(value, null, stdout.isTTY ? 2 : 0) : render(colors)),
    item: (value, render) => print(json ? JSON.stringify(value) : render(colors)),
    note(text) {
      if (!json) stderr.write(`${text}\n`);
    },
    error: (text) => void stderr.write(`${text}\n`),
  };
}
