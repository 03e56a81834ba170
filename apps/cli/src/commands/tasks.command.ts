import type { TaskQuery, TaskState } from '@deai/protocol';
import { type Command, Option } from 'commander';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { moment, wholeNumber } from '../input/arguments.ts';
import { noteMore, pageOf } from '../output/page.output.ts';
import { renderTask, renderTasks, renderTaskWhy } from '../output/task.output.ts';

const STATES = ['pending', 'assigned', 'in_progress', 'completed', 'failed', 'cancelled'] as const satisfies readonly TaskState[];

interface ListFlags {
  status?: TaskState;
  kind?: string;
  node?: string;
  label?: string;
  since?: string;
  until?: string;
  limit: number;
  cursor?: string;
  all?: true;
}

/** `tasks`, `tasks <id>`, `tasks why <id>`, `tasks input <id>`. */
export function addTasksCommand(program: Command, cli: Cli): void {
  const command = program
    .command('tasks')
    .description('your tasks, newest first; one of them with its events; why one waits; what one was submitted with')
    .argument('[id]', 'show this task')
    .addOption(new Option('--status <status>', 'only those').choices(STATES))
    .option('--kind <kind>', 'only this kind')
    .option('--node <id>', 'only those on this node')
    .option('--label <name=value>', 'only those with this label')
    .option('--since <time>', 'created after: a time, or a duration back such as 2h', moment)
    .option('--until <time>', 'created before', moment)
    .option('--limit <n>', 'rows of a page', wholeNumber(1, 1_000), 20)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--all', 'all pages')
    .action((id: string | undefined, flags: ListFlags) => (id === undefined ? list(cli, flags) : show(cli, id)));
  examples(command, [
    ['deai tasks --status failed --since 24h'],
    ['deai tasks 01890a5d-ac96-774b-bcce-b302099a8057', 'with its events and its output'],
    ['deai tasks why 01890a5d-ac96-774b-bcce-b302099a8057', 'what it waits for'],
    ['deai tasks input 01890a5d-ac96-774b-bcce-b302099a8057 > input.json', 'what it was submitted with'],
    ['deai tasks --all --json | jq .items[].id'],
  ]);
  command
    .command('why')
    .description('why a task has not ended, and when it should start')
    .argument('<id>', 'task')
    .action((id: string) => why(cli, id));
  const inputCommand = command
    .command('input')
    .description('what a task was submitted with, in JSON: of one that was archived too')
    .argument('<id>', 'task')
    .action((id: string) => input(cli, id));
  examples(inputCommand, [
    ['deai tasks input 01890a5d-ac96-774b-bcce-b302099a8057'],
    ['deai tasks input <id> > input.json; deai receipt verify receipt.json --input input.json', 'is it what the receipt was signed for?'],
    ['deai tasks input <id> --json | jq -r .image | base64 -d > page.png', 'the image of an ocr task'],
    ['deai tasks input <id> | deai submit embeddings --input-file -', 'the same texts for another kind'],
  ]);
}

async function list(
  cli: Cli,
  { status, kind, node: nodeId, label, since: createdAfter, until: createdBefore, limit, cursor, all }: ListFlags,
): Promise<void> {
  const given = { status, kind, nodeId, label, createdAfter, createdBefore, limit, cursor };
  const query = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as TaskQuery;
  const listing = (await cli.client()).tasks.list(query, { signal: cli.signal });
  const page = await pageOf(listing, all);
  const { items, nextCursor } = page;
  cli.output.result(page, (c) => (items.length > 0 ? renderTasks(cli.output, c, items) : 'No tasks. Submit one: deai submit --help'));
  noteMore(cli.output, nextCursor);
}

async function show(cli: Cli, id: string): Promise<void> {
  const { tasks } = await cli.client();
  const [task, events] = await Promise.all([tasks.get(id, { signal: cli.signal }), tasks.events(id, { signal: cli.signal })]);
  cli.output.result({ ...task, events }, (c) => renderTask(c, task, events));
}

async function input(cli: Cli, id: string): Promise<void> {
  const answer = await (await cli.client()).tasks.input(id, { signal: cli.signal });
  cli.output.result(answer, () => JSON.stringify(answer, null, 2));
}

async function why(cli: Cli, id: string): Promise<void> {
  const answer = await (await cli.client()).tasks.why(id, { signal: cli.signal });
  cli.output.result(answer, (c) => renderTaskWhy(c, answer));
}
