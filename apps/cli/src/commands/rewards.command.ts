import type { Billing, BillingQuery, JournalReason, LedgerLine } from '@deai/protocol';
import { type Command, Option } from 'commander';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { wholeNumber } from '../input/arguments.ts';
import { ago, tokens } from '../output/format.ts';
import type { Colors } from '../output/output.ts';
import { noteMore } from '../output/page.output.ts';
import { renderFacts, renderTable } from '../output/table.output.ts';

const REASONS = [
  'grant',
  'deposit',
  'withdrawal',
  'hold',
  'completion',
  'failure',
  'cancellation',
] as const satisfies readonly JournalReason[];

interface RewardsFlags {
  reason?: JournalReason;
  limit: number;
  cursor?: string;
  all?: true;
}

/** `rewards`. */
export function addRewardsCommand(program: Command, cli: Cli): void {
  const command = program
    .command('rewards')
    .description('your balance, what your nodes earned, and the ledger lines behind it')
    .addOption(new Option('--reason <reason>', 'only these lines').choices(REASONS))
    .option('--limit <n>', 'lines of a page', wholeNumber(1, 1_000), 15)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--all', 'all lines')
    .action((flags: RewardsFlags) => rewards(cli, flags));
  examples(command, [['deai rewards'], ['deai rewards --reason completion --all --json']]);
}

async function rewards(cli: Cli, { all, ...filters }: RewardsFlags): Promise<void> {
  const { user } = await cli.client();
  const options = { signal: cli.signal };
  const billing = await user.billing(filters satisfies BillingQuery, options);
  let { nextCursor } = billing.lines;
  if (all && nextCursor) {
    for await (const { items } of user.ledgerLines({ ...filters, cursor: nextCursor }, options).pages()) billing.lines.items.push(...items);
    nextCursor = null;
  }
  const answer: Billing = { ...billing, lines: { items: billing.lines.items, nextCursor } };
  cli.output.result(answer, (c) => render(c, answer));
  noteMore(cli.output, nextCursor);
}

function render(c: Colors, { availableYocto, heldYocto, earnedYocto, spentYocto, lines }: Billing): string {
  const balances = renderFacts(c, [
    ['available', c.bold(tokens(availableYocto))],
    ['held', `${tokens(heldYocto)} ${c.dim('for tasks that have not ended')}`],
    ['earned', c.green(tokens(earnedYocto))],
    ['spent', tokens(spentYocto)],
  ]);
  return lines.items.length > 0 ? `${balances}\n\n${renderLines(c, lines.items)}` : balances;
}

function renderLines(c: Colors, lines: readonly LedgerLine[]): string {
  return renderTable(
    c,
    ['at', 'reason', 'account', '>tasks', '>amount'],
    lines.map(({ at, reason, account, tasks, amountYocto }) => [ago(at), reason, account, tasks || '', signed(c, amountYocto)]),
  );
}

function signed(c: Colors, yocto: string): string {
  return yocto.startsWith('-') ? tokens(yocto) : c.green(`+${tokens(yocto)}`);
}
