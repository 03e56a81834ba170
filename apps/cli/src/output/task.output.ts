import type { Quote, Task, TaskEvent, TaskWhy } from '@deai/protocol';
import { ago, clock, duration, status, tokens, worth } from './format.ts';
import type { Colors, Output } from './output.ts';
import { renderOutput, shorten } from './result.output.ts';
import { renderFacts, renderTable } from './table.output.ts';

/** Rows of tasks; wide terminals also see the model and the times. */
export function renderTasks({ columns }: Pick<Output, 'columns'>, colors: Colors, tasks: readonly Task[]): string {
  const wide = columns >= 120;
  const headings = ['task', 'kind', 'status', '>price', '>created', ...(wide ? ['>queued', '>ran', 'model'] : [])];
  const rows = tasks.map((task) => [
    task.id,
    task.kind,
    status(colors, task.status),
    tokens(task.priceYocto ?? task.quoteYocto),
    ago(task.createdAt),
    ...(wide ? [duration(task.queueMs), duration(task.runMs), shorten(task.model, 24)] : []),
  ]);
  return renderTable(colors, headings, rows);
}

/** One task with what happened to it. */
export function renderTask(colors: Colors, task: Task, events: readonly TaskEvent[]): string {
  const facts = renderFacts(colors, [
    ['task', colors.bold(task.id)],
    ['kind', `${task.kind} on ${task.model}`],
    ['status', statusLine(colors, task)],
    ['attempt', `${task.attempt} of ${task.maxAttempts}`],
    ['node', task.nodeId],
    ['priority', task.priority],
    ['created', `${task.createdAt} (${ago(task.createdAt)})`],
    ['queued', task.queueMs === null ? undefined : duration(task.queueMs)],
    ['ran', task.runMs === null ? undefined : duration(task.runMs)],
    ['price', priceLine(task)],
    [
      'labels',
      Object.entries(task.labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
    ],
    ['error', task.error && colors.red(`${task.error.code}: ${task.error.message}`)],
  ]);
  const happened = renderTable(
    colors,
    ['at', 'event', '>attempt', 'node'],
    events.map(({ at, event, attempt, nodeId, error }) => [
      clock(at),
      status(colors, event) + (error ? colors.dim(` ${error.code}`) : ''),
      attempt || '',
      nodeId ?? '',
    ]),
  );
  const output = task.output === undefined || task.output === null ? '' : `${colors.dim('output')}\n${renderOutput(task, colors)}`;
  return [facts, events.length > 0 ? happened : '', output].filter(Boolean).join('\n\n');
}

function statusLine(colors: Colors, task: Task): string {
  const part = task.status === 'in_progress' && task.progress > 0 ? ` ${Math.round(task.progress * 100)} %` : '';
  const end = task.estimatedCompletion && !task.endedAt ? `, done ${ago(task.estimatedCompletion)}` : '';
  return `${status(colors, task.status)}${part}${end}`;
}

function priceLine(task: Task): string {
  if (task.priceYocto === null) return `${tokens(task.quoteYocto)} at most, for ${task.unitsQuoted} × ${task.unit}`;
  const returned = task.refundYocto && task.refundYocto !== '0' ? `, ${tokens(task.refundYocto)} returned` : '';
  return `${tokens(task.priceYocto)} for ${task.unitsUsed ?? 0} × ${task.unit}${returned}`;
}

export function renderQuote(colors: Colors, quote: Quote): string {
  return renderFacts(colors, [
    ['price', `${colors.bold(tokens(quote.totalYocto))} at most${colors.dim(worth(quote.usd))}`],
    ['for', `${quote.units} × ${quote.unit} of ${quote.kind} on ${quote.model}`],
    ['to the node', tokens(quote.rewardYocto)],
    ['fee', tokens(quote.feeYocto)],
    ['start', quote.predictedStart ? ago(quote.predictedStart) : 'unknown'],
    ['nodes', `${quote.capableNodes.online} of ${quote.capableNodes.registered} online`],
  ]);
}

export function renderTaskWhy(colors: Colors, why: TaskWhy): string {
  return renderFacts(colors, [
    ['task', colors.bold(why.id)],
    ['status', status(colors, why.status)],
    ['why', why.explanation],
    ['ahead', why.tasksAhead > 0 ? `${why.tasksAhead} tasks` : undefined],
    ['nodes', `${why.nodes.capable} capable, ${why.nodes.online} online, ${why.nodes.free} free`],
    ['start', why.predictedStart ? ago(why.predictedStart) : undefined],
    ['last error', why.lastError && colors.red(`${why.lastError.code}: ${why.lastError.message}`)],
  ]);
}
