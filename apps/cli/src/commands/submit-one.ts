import type { SubmittedTask, Task, TaskRequest, TokenPrice } from '@deai/protocol';
import { type DeaiClient, TaskFailedError } from '@deai/sdk';
import type { Cli } from '../context.ts';
import { ago, duration, status, tokens, worthAt } from '../output/format.ts';
import { type Progress, withProgress } from '../output/progress.output.ts';
import { renderOutput } from '../output/result.output.ts';
import { renderFacts } from '../output/table.output.ts';
import { type SubmitFlags, waits } from './submit-flags.ts';

/** How long a task may wait before it is asked why, and how often. */
const EXPLAIN_MS = 2_000;
/** A price is a remark: it is not waited for. */
const PRICE_MS = 1_000;

/** Submits one task; waits for its output when asked to. @throws TaskFailedError when it does not complete. */
export async function submitOne(cli: Cli, request: TaskRequest, flags: SubmitFlags): Promise<void> {
  const { output, signal } = cli;
  const client = await cli.client();
  const [submitted, tokenPrice] = await Promise.all([
    client.tasks.submit(request, { signal, idempotencyKey: flags.idempotencyKey }),
    priceOf(cli, client),
  ]);
  const quote = `${tokens(submitted.quoteYocto)}${worthAt(submitted.quoteYocto, tokenPrice)}`;
  if (!waits(cli, flags)) {
    return output.result(submitted, (c) =>
      renderFacts(c, [
        ['task', c.bold(submitted.id)],
        ['status', status(c, submitted.status)],
        ['quote', `at most ${quote}`],
        ['start', submitted.predictedStart ? ago(submitted.predictedStart) : undefined],
      ]),
    );
  }
  const begun = Date.now();
  const task = await waitFor(cli, client, submitted, quote, flags);
  if (task.status !== 'completed') throw new TaskFailedError(task);
  const dim = output.errorColors.dim;
  const price = task.priceYocto === null ? '' : ` · ${tokens(task.priceYocto)}`;
  output.note(`${output.errorColors.green('✔')} ${task.kind} ${dim(`in ${duration(Date.now() - begun)}${price} · ${task.id}`)}`);
  output.result(task, (c) => renderOutput(task, c, request.input));
}

/** The token's price, for people; a network that tells none, or that fails to, is no reason to fail here. */
async function priceOf({ output, signal }: Cli, client: DeaiClient): Promise<TokenPrice | undefined> {
  if (output.json) return undefined;
  return await client.network.price({ signal, timeoutMs: PRICE_MS }).catch(() => undefined);
}

async function waitFor(
  cli: Cli,
  client: DeaiClient,
  submitted: SubmittedTask,
  quote: string,
  { waitTimeout: timeoutMs }: SubmitFlags,
): Promise<Task> {
  const { output, signal } = cli;
  const { id } = submitted;
  try {
    return await withProgress(output, `submitted ${id} · at most ${quote}`, async (progress) => {
      if (!output.interactive) return await client.tasks.wait(id, { signal, timeoutMs });
      const explainer = startExplainer(client, progress, submitted);
      try {
        return await client.tasks.wait(id, { signal, timeoutMs, onUpdate: explainer.onUpdate });
      } finally {
        explainer.stop();
      }
    });
  } catch (error) {
    output.note(`The task goes on: deai watch ${id}`);
    throw error;
  }
}

/** Shows the state of a task as it changes, and why it waits when it waits for long. */
function startExplainer(client: DeaiClient, progress: Progress, { id, status }: SubmittedTask) {
  let current: string = status;
  const timer = setInterval(async () => {
    if (current !== 'pending') return;
    // Only a remark beside the wait, which reports what is wrong.
    const why = await client.tasks.why(id).catch(() => undefined);
    if (why && current === 'pending') progress.update(`waiting ${id} · ${why.explanation}`);
  }, EXPLAIN_MS);
  return {
    stop: () => clearInterval(timer),
    onUpdate({ status, progress: part, attempt }: Task) {
      current = status;
      const again = attempt > 1 ? ` · attempt ${attempt}` : '';
      if (status === 'in_progress') progress.update(`running ${id}${again}`, part);
      else progress.update(`${status === 'pending' ? 'waiting' : status} ${id}${again}`);
    },
  };
}
