import type { NodeMode, NodeQuery, NodeStatus } from '@deai/protocol';
import { Argument, type Command, Option } from 'commander';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { wholeNumber } from '../input/arguments.ts';
import { renderNode, renderNodes, renderNodeWhy, stateOf } from '../output/node.output.ts';
import { noteMore, pageOf } from '../output/page.output.ts';

const STATUSES = ['online', 'offline', 'maintenance'] as const satisfies readonly NodeStatus[];
const MODES = ['online', 'maintenance', 'drain'] as const satisfies readonly NodeMode[];

interface ListFlags {
  status?: NodeStatus;
  kind?: string;
  mine?: true;
  limit: number;
  cursor?: string;
  all?: true;
}

/** `nodes`, `nodes <id>`, `nodes why <id>`, `nodes mode <id> <mode>`. */
export function addNodesCommand(program: Command, cli: Cli): void {
  const command = program
    .command('nodes')
    .description('nodes of the network; one of them; why one has no work; taking one out of service')
    .argument('[id]', 'show this node')
    .addOption(new Option('--status <status>', 'only those').choices(STATUSES))
    .option('--kind <kind>', 'only those that offer this kind')
    .option('--mine', 'only yours')
    .option('--limit <n>', 'rows of a page', wholeNumber(1, 1_000), 20)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--all', 'all pages')
    .action((id: string | undefined, flags: ListFlags) => (id === undefined ? list(cli, flags) : show(cli, id)));
  examples(command, [
    ['deai nodes --status online --kind ocr'],
    ['deai nodes 01890a5d-ac96-774b-bcce-b302099a8057'],
    ['deai nodes why 01890a5d-ac96-774b-bcce-b302099a8057'],
    ['deai nodes mode 01890a5d-ac96-774b-bcce-b302099a8057 drain'],
  ]);
  command
    .command('why')
    .description('why a node has work, or none')
    .argument('<id>', 'node')
    .action((id: string) => why(cli, id));
  command
    .command('mode')
    .description('take a node in or out of service: drain lets it finish, maintenance gives it nothing new')
    .argument('<id>', 'node')
    .addArgument(new Argument('<mode>', 'mode').choices(MODES))
    .action((id: string, mode: NodeMode) => setMode(cli, id, mode));
}

async function list(cli: Cli, { all, ...filters }: ListFlags): Promise<void> {
  const listing = (await cli.client()).nodes.list(filters satisfies NodeQuery, { signal: cli.signal });
  const page = await pageOf(listing, all);
  const { items, nextCursor } = page;
  cli.output.result(page, (c) => (items.length > 0 ? renderNodes(c, items) : 'No nodes. Make this machine one: deai node start'));
  noteMore(cli.output, nextCursor);
}

async function show(cli: Cli, id: string): Promise<void> {
  const node = await (await cli.client()).nodes.status(id, { signal: cli.signal });
  cli.output.result(node, (c) => renderNode(c, node));
}

async function why(cli: Cli, id: string): Promise<void> {
  const answer = await (await cli.client()).nodes.why(id, { signal: cli.signal });
  cli.output.result(answer, (c) => renderNodeWhy(c, answer));
}

async function setMode(cli: Cli, id: string, mode: NodeMode): Promise<void> {
  const node = await (await cli.client()).nodes.setMode(id, mode, { signal: cli.signal });
  cli.output.result(node, (c) => `${c.green('✔')} ${node.name}: ${stateOf(node)}`);
}
