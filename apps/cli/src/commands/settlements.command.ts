import type { SettlementBatch, SettlementQuery, SettlementStatus, SettlementToken } from '@deai/protocol';
import { DeaiApiError } from '@deai/sdk';
import { type Command, Option } from 'commander';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { wholeNumber } from '../input/arguments.ts';
import { ago, count, duration, tokens } from '../output/format.ts';
import type { Colors } from '../output/output.ts';
import { noteMore, pageOf } from '../output/page.output.ts';
import { renderFacts, renderTable } from '../output/table.output.ts';

const STATES = ['waiting', 'posted', 'final', 'rejected'] as const satisfies readonly SettlementBatch['state'][];
type State = SettlementBatch['state'];

interface SettlementsFlags extends SettlementQuery {
  limit: number;
  all?: true;
}

/** `settlements`. */
export function addSettlementsCommand(program: Command, cli: Cli): void {
  const command = program
    .command('settlements')
    .description('what the network put on chain: how far it is, where the token is, and its batches; or one batch')
    .argument('[number]', 'batch', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .addOption(new Option('--state <state>', 'only these batches').choices(STATES))
    .option('--limit <n>', 'batches of a page', wholeNumber(1, 100), 15)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--all', 'all batches')
    .action((number: number | undefined, flags: SettlementsFlags) => (number === undefined ? list(cli, flags) : show(cli, number)));
  examples(command, [['deai settlements'], ['deai settlements --state posted'], ['deai settlements 7 --json']]);
}

async function list(cli: Cli, { all, ...query }: SettlementsFlags): Promise<void> {
  const { settlement } = await cli.anyClient();
  const options = { signal: cli.signal };
  const [status, token, page] = await Promise.all([
    settlement.status(options),
    settlement.token(options).catch(nullWhileAway),
    pageOf(settlement.batches(query, options), all),
  ]);
  cli.output.result({ status, token, ...page }, (c) =>
    [renderStatus(c, status), token && renderToken(c, token), renderBatches(c, page.items)].filter(Boolean).join('\n\n'),
  );
  noteMore(cli.output, page.nextCursor);
}

async function show(cli: Cli, number: number): Promise<void> {
  const batch = await (await cli.anyClient()).settlement.batch(number, { signal: cli.signal });
  cli.output.result(batch, (c) => renderBatch(c, batch));
}

/** Batches are told while the chain is away; only it knows where the token is. */
function nullWhileAway(error: unknown): null {
  if (error instanceof DeaiApiError && error.code === 'CHAIN_UNAVAILABLE') return null;
  throw error;
}

function renderToken(c: Colors, { parts, ...token }: SettlementToken): string {
  return renderFacts(c, [
    ['token', `${token.symbol}${c.dim(` ${token.tokenId}, at block ${token.height}`)}`],
    ['supply', tokens(token.supplyYocto)],
    ['staked', tokens(parts.stakesYocto)],
    ['escrow', tokens(parts.escrowYocto)],
    ['bond', tokens(parts.bondYocto)],
    ['claimed', `${tokens(token.claimedYocto)} of ${tokens(token.settledYocto)} settled, ${tokens(parts.unclaimedYocto)} to be claimed`],
    ['treasury', tokens(token.treasuryYocto)],
    ['elsewhere', tokens(token.elsewhereYocto)],
  ]);
}

function renderStatus(c: Colors, status: SettlementStatus): string {
  const { batches } = status;
  return renderFacts(c, [
    ['chain', `${status.chainId}${status.rpcUrl ? c.dim(` ${status.rpcUrl}`) : ''}`],
    ['contract', status.contractId],
    ['settled', `${count(status.receipts, 'task')}, ${tokens(status.rewardYocto)} of rewards, ${tokens(status.feeYocto)} of fees`],
    ['final', `${tokens(status.finalRewardYocto)} of rewards, ${tokens(status.finalFeeYocto)} of fees`],
    ['batches', `${batches.final} final, ${batches.posted} posted, ${batches.waiting} waiting, ${batches.rejected} rejected`],
    ['behind', status.lagS > 0 ? duration(status.lagS * 1_000) : 'nothing waits'],
    ['challenge', `${duration(status.challengeMs)} after a batch is posted`],
    ['problem', status.problem ? c.red(status.problem) : undefined],
  ]);
}

function renderBatches(c: Colors, batches: readonly SettlementBatch[]): string {
  if (batches.length === 0) return 'No batches.';
  const rows = batches.map((batch) => [
    batch.number,
    stateText(c, batch.state),
    batch.receipts,
    tokens(batch.rewardYocto),
    tokens(batch.feeYocto),
    ago(batch.builtAt),
  ]);
  return renderTable(c, ['>batch', 'state', '>tasks', '>rewards', '>fees', 'built'], rows);
}

function renderBatch(c: Colors, batch: SettlementBatch): string {
  const { roots } = batch;
  return renderFacts(c, [
    ['batch', `${c.bold(String(batch.number))} ${stateText(c, batch.state)}`],
    ['tasks', batch.receipts],
    ['rewards', tokens(batch.rewardYocto)],
    ['fees', tokens(batch.feeYocto)],
    ['built', ago(batch.builtAt)],
    ['posted', batch.postedAt && `${ago(batch.postedAt)}${c.dim(` ${batch.postTx ?? ''}`)}`],
    ['final', batch.finalAt && `${ago(batch.finalAt)}${c.dim(` ${batch.finalTx ?? ''}`)}`],
    ['receipts', roots.receipts.hash],
    ['cumulative rewards', roots.rewards.hash],
    ['cumulative charges', roots.charges.hash],
  ]);
}

function stateText(c: Colors, state: State): string {
  if (state === 'final') return c.green(state);
  return state === 'rejected' ? c.red(state) : c.yellow(state);
}
