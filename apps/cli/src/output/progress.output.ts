import { bar } from './format.ts';
import type { Output } from './output.ts';

/** A line that changes while work goes on. */
export interface Progress {
  /** `part` from 0 to 1 draws a bar. */
  update(text: string, part?: number): void;
}

/**
 * Runs `work` beside a spinner and a progress line on standard error, which disappear at its end.
 * Without a person watching it just runs.
 */
export async function withProgress<T>(output: Output, text: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  if (!output.interactive) return await work({ update() {} });
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
  const { stderr } = process;
  let result: { value: T } | undefined;
  const list = new Listr(
    [
      {
        title: text,
        async task(_, line) {
          const value = await work({
            update(text, part) {
              const percent = part === undefined ? '' : ` ${String(Math.round(part * 100)).padStart(3)} %`;
              line.title = part === undefined ? text : `${output.errorColors.cyan(bar(part))}${percent}  ${text}`;
            },
          });
          result = { value };
        },
      },
    ],
    {
      rendererOptions: {
        clearOutput: true,
        showErrorMessage: false,
        // Results go to standard output, so nothing else may.
        logger: new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(stderr, stderr, { leaveEmptyLine: false }) }),
      },
      fallbackRenderer: 'silent',
      registerSignalListeners: false,
      collectErrors: false,
    },
  );
  await list.run();
  return (result as { value: T }).value;
}
