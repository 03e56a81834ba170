import type { SubmittedTask, Task, TaskRequest } from '@deai/protocol';
import { type DeaiClient, TaskFailedError } from '@deai/sdk';
import type { Cli } from '../context.ts';
import { ago, duration, status, tokens } from '../output/format.ts';
import { type Progress, withProgress } from '../output/progress.output.ts';
import { renderOutput } from '../output/result.output.ts';
import { renderFacts } from '../output/table.output.ts';
import { type SubmitFlags, waits } from './submit.command.ts';

/** Submits one task; waits for its output when asked to. @throws TaskFailedError when it does not complete. */
export async function submitOne(cli: Cli, request: TaskRequest, flags: SubmitFlags): Promise<void> {
  const { output, signal } = cli;
  const client = await cli.client();
  const submitted = await client.tasks.submit(request, { signal, idempotencyKey: flags.idempotencyKey });
  if (!waits(cli, flags)) {
    return output.result(submitted, (c) =>
      renderFacts(c, [
        ['task', c.bold(submitted.id)],
        ['status', status(c, submitted.status)],
        ['quote', `${tokens(submitted.quoteYocto)} at most`],
        ['start', submitted.predictedStart ? ago(submitted.predictedStart) : undefined],
      ]),
    );
  }
  const begun = Date.now();
  const task = await waitFor(cli, client, submitted, flags);
  if (task.status !== 'completed') throw new TaskFailedError(task);
  const dim = output.errorColors.dim;
  const price = task.priceYocto === null ? '' : ` · ${tokens(task.priceYocto)}`;
  output.note(`${output.errorColors.green('✔')} ${task.kind} ${dim(`in ${duration(Date.now() - begun)}${price} · ${task.id}`)}`);
  output.result(task, (c) => renderOutput(task, c, request.input));
}

async function waitFor(cli: Cli, client: DeaiClient, submitted: SubmittedTask, { waitTimeout: timeoutMs }: SubmitFlags): Promise<Task> {
  const { output, signal } = cli;
  try {
    return await withProgress(output, `submitted ${submitted.id} · at most ${tokens(submitted.quoteYocto)}`, (progress) =>
      client.tasks.wait(submitted.id, {
        signal,
        timeoutMs,
        ...(output.interactive ? { onUpdate: (task) => show(progress, task) } : {}),
      }),
    );
  } catch (error) {
    output.note(`The task goes on: deai tasks ${submitted.id}, deai watch ${submitted.id}, deai cancel ${submitted.id}`);
    throw error;
  }
}

function show(progress: Progress, { status, progress: part, attempt, id }: Task): void {
  const again = attempt > 1 ? ` · attempt ${attempt}` : '';
  if (status === 'in_progress') progress.update(`running ${id}${again}`, part);
  else progress.update(`${status === 'pending' ? 'waiting' : status} ${id}${again}`);
}
