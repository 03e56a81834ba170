import { type FileHandle, open } from 'node:fs/promises';
import type { SubmittedTask, Task, TaskRequest } from '@deai/protocol';
import type { DeaiClient } from '@deai/sdk';
import { usageError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { count, duration, tokens } from '../output/format.ts';
import type { Colors } from '../output/output.ts';
import { withProgress } from '../output/progress.output.ts';
import { renderFacts } from '../output/table.output.ts';
import { type SubmitFlags, waits } from './submit-flags.ts';

/** Long polls under way at once. */
const CONCURRENCY = 16;

/** Submits many tasks; waits for all of them when asked to. Exit code 1 when one did not complete. */
export async function submitBatch(cli: Cli, requests: TaskRequest[], flags: SubmitFlags): Promise<void> {
  const { output, signal } = cli;
  const { idempotencyKey, waitTimeout } = flags;
  const file = flags.output === undefined ? undefined : await openOutput(flags.output);
  try {
    const client = await cli.client();
    const submitted = await withProgress(output, `submitting ${count(requests.length, 'task')}`, () =>
      client.tasks.submitMany(requests, { signal, idempotencyKey }),
    );
    if (!waits(cli, flags) && !file) return output.result({ tasks: submitted }, () => submitted.map(({ id }) => id).join('\n'));
    const begun = Date.now();
    const wait = waitTimeout === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(waitTimeout)]);
    const tasks = await waitForAll(cli, client, submitted, wait);
    for (const task of tasks) await file?.write(`${JSON.stringify(task)}\n`);
    if (tasks.some(({ status }) => status !== 'completed')) process.exitCode = EXIT.failed;
    output.result({ tasks }, (c) => renderSummary(c, tasks, Date.now() - begun));
  } finally {
    await file?.close();
  }
}

/** Before anything is paid for. */
async function openOutput(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w');
  } catch (error) {
    throw usageError(`Cannot write ${path}: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/** All tasks as they ended, in their order. */
async function waitForAll({ output }: Cli, client: DeaiClient, submitted: readonly SubmittedTask[], signal: AbortSignal): Promise<Task[]> {
  const ended = new Array<Task>(submitted.length);
  let done = 0;
  let failed = 0;
  return await withProgress(output, `waiting for ${count(submitted.length, 'task')}`, async ({ update }) => {
    const left = submitted.entries();
    async function work(): Promise<void> {
      for (const [index, { id }] of left) {
        const task = await client.tasks.wait(id, { signal });
        ended[index] = task;
        done++;
        if (task.status !== 'completed') failed++;
        update(`${done} of ${submitted.length} done${failed > 0 ? `, ${failed} failed` : ''}`, done / submitted.length);
      }
    }
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, submitted.length) }, work));
    return ended;
  });
}

function renderSummary(colors: Colors, tasks: readonly Task[], ms: number): string {
  const completed = tasks.filter(({ status }) => status === 'completed');
  const bad = tasks.filter(({ status }) => status !== 'completed');
  const paid = tasks.reduce((sum, { priceYocto }) => sum + BigInt(priceYocto ?? 0), 0n);
  const reasons = Map.groupBy(bad, ({ status, error }) => error?.code ?? status);
  return renderFacts(colors, [
    ['completed', colors.green(completed.length)],
    [
      'failed',
      bad.length > 0 ? `${colors.red(bad.length)} (${[...reasons].map(([code, { length }]) => `${length} × ${code}`).join(', ')})` : 0,
    ],
    ['took', duration(ms)],
    ['paid', tokens(paid.toString())],
    ['first failed', bad[0]?.id],
  ]);
}
