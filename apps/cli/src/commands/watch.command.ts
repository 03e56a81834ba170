import type { TaskUpdate, Topic } from '@deai/protocol';
import { isPublicTopic } from '@deai/protocol/names';
import type { WatchEvent } from '@deai/sdk';
import type { Command } from 'commander';
import { CliError, usageError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { examples } from '../help.ts';
import { renderEvent } from '../output/event.output.ts';
import { duration } from '../output/format.ts';

interface WatchFlags {
  all?: true;
  nodes?: true;
  network?: true;
  after?: string;
}

/** `watch`. */
export function addWatchCommand(program: Command, cli: Cli): void {
  const command = program
    .command('watch')
    .description('see events as they happen; with ids, until all of those tasks have ended')
    .argument('[id...]', 'tasks')
    .option('--all', 'all your tasks')
    .option('--nodes', 'your nodes')
    .option('--network', 'numbers of the network')
    .option('--after <event>', 'go on after an event of an earlier run (the id of a line of --json)')
    .action((ids: string[], flags: WatchFlags) => watch(cli, ids, flags));
  examples(command, [
    ['deai watch 01890a5d-ac96-774b-bcce-b302099a8057', 'ends with the task: exit code 1 when it fails'],
    ['deai watch --all --nodes'],
    ['deai watch --network --json', 'JSON lines'],
  ]);
}

async function watch(cli: Cli, ids: readonly string[], flags: WatchFlags): Promise<void> {
  const { output, signal } = cli;
  const topics = topicsOf(ids, flags);
  const waiting = new Set(ids);
  let failed = 0;
  // What is public is told to anybody.
  const client = await (topics.every(isPublicTopic) ? cli.anyClient() : cli.client());
  const dim = output.errorColors.dim;
  const events = client.watch({
    topics,
    after: flags.after,
    signal,
    onLive: ({ complete }) => output.note(dim(complete ? 'watching' : 'watching; what happened before is not all here')),
    onInterrupted: ({ retryInMs }) => output.note(output.errorColors.yellow(`connection lost, back in ${duration(retryInMs)}`)),
  });
  for await (const event of events) {
    output.item(event, (c) => renderEvent(c, event));
    const ended = endOf(event);
    if (!ended || !waiting.delete(ended.task_id)) continue;
    if (ended.status !== 'completed') failed++;
    if (waiting.size === 0 && topics.every(({ topic }) => topic === 'task')) break;
  }
  if (signal.aborted) throw new CliError('INTERRUPTED', EXIT.interrupted, 'Interrupted.');
  if (failed > 0) process.exitCode = EXIT.failed;
}

function topicsOf(ids: readonly string[], { all, nodes, network }: WatchFlags): Topic[] {
  const topics: Topic[] = [...new Set(ids)].map((id) => ({ topic: 'task', id }));
  if (all) topics.push({ topic: 'tasks' });
  if (nodes) topics.push({ topic: 'nodes' });
  if (network) topics.push({ topic: 'network' });
  if (topics.length === 0) throw usageError('There is nothing to watch.', 'Name tasks, or use --all, --nodes or --network.');
  return topics;
}

const FINAL: readonly string[] = ['completed', 'failed', 'cancelled'];

/** The update that ends a task. */
function endOf(event: WatchEvent): TaskUpdate | undefined {
  return event.type === 'task_update' && FINAL.includes(event.data.status) ? event.data : undefined;
}
