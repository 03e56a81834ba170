import { join, resolve } from 'node:path';
import { formatTokens } from '@deai/sdk';
import type { Command } from 'commander';
import { type ChainAccess, type ChainFlags, chainOptions, openChain } from '../chain/access.ts';
import { ensureTokenAccount } from '../chain/registration.ts';
import { fileCredentials } from '../chain/signer.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { examples } from '../help.ts';
import { tokenAmount } from '../input/arguments.ts';
import { ago, duration, tokens } from '../output/format.ts';
import { renderFacts, renderTable } from '../output/table.output.ts';
import { addChainStart } from './chain-start.ts';

interface FundFlags extends ChainFlags {
  near?: string;
  tokens?: string;
  credentials?: string;
  create?: string;
}

/** `chain start`, `chain status`, `chain fund`. */
export function addChainCommand(program: Command, cli: Cli): void {
  const command = program
    .command('chain')
    .description('the chain that the network settles on: run one for development, look at it, hand out funds');
  addChainStart(command, cli);
  const looking = command.command('status').description("height, the network's accounts, where its contract stands");
  chainOptions(looking).action((flags: ChainFlags) => status(cli, flags));
  examples(looking, [['deai chain status'], ['deai chain status --rpc http://127.0.0.1:3030 --contract compute.deai.local']]);
  const funding = command
    .command('fund')
    .description('send NEAR and tokens from the root account of a development chain')
    .argument('<account>', 'receiver; an implicit account (64 hex digits) comes into being with its first NEAR')
    .option('--near <amount>', 'NEAR to send', tokenAmount)
    .option('--tokens <amount>', 'tokens to send', tokenAmount)
    .option('--create <file>', 'make the account first, below the sender’s name, and write its new key to this file')
    .option('--credentials <file>', 'credentials file of the sender (else the root account of the chain in DEAI_DATA_DIR or ./.deai)');
  chainOptions(funding).action((account: string, flags: FundFlags) => fund(cli, account, flags));
  examples(funding, [
    ['deai chain fund 8f0c…e1 --near 1 --tokens 200', 'the account of a node’s key: deai balance shows it'],
    ['deai chain fund ada.deai.local --create ada.json --near 5 --tokens 50', 'a new account'],
  ]);
}

async function status(cli: Cli, flags: ChainFlags): Promise<void> {
  const access = await openChain(cli, flags);
  const { near, chain, contractId, config } = access;
  const { treasury, settler, token } = config;
  const [block, stats, ...accounts] = await Promise.all([
    chain.finalBlock(),
    near.getStats(chain, contractId),
    ...[contractId, token, treasury, settler].map((id) => accountOf(access, id)),
  ]);
  const answer = {
    rpcUrl: chain.rpcUrl,
    height: block.height,
    at: new Date(block.atMs).toISOString(),
    contractId,
    config,
    stats,
    accounts,
  };
  cli.output.result(answer, (c) => {
    const facts = renderFacts(c, [
      ['height', `${block.height} ${c.dim(ago(answer.at))}`],
      ['contract', `${c.bold(contractId)}${stats.paused ? c.red(' paused') : ''}`],
      ['least stake', `${tokens(config.min_stake)}${c.dim(`, out ${duration(config.cooldown_ms)} after it is asked back`)}`],
      ['nodes', stats.nodes],
      ['batches', `${stats.posted} posted, ${stats.last_final} final${c.dim(`, ${duration(config.challenge_ms)} for challenges`)}`],
      ['last final', stats.last_final_at_ms > 0 ? ago(new Date(stats.last_final_at_ms).toISOString()) : 'never'],
    ]);
    const rows = accounts.map(({ accountId, nearYocto, tokensYocto }) => [
      accountId,
      formatTokens(nearYocto, 3),
      formatTokens(tokensYocto, 3),
    ]);
    return `${facts}\n\n${renderTable(c, ['account', '>NEAR', '>DEAI'], rows)}`;
  });
}

async function accountOf({ near, chain, config }: ChainAccess, accountId: string) {
  const [balance, held] = await Promise.all([chain.balance(accountId), near.ftBalanceOf(chain, config.token, accountId)]);
  return { accountId, nearYocto: (balance ?? 0n).toString(), tokensYocto: held.toString() };
}

async function fund(cli: Cli, account: string, flags: FundFlags): Promise<void> {
  if (flags.near === undefined && flags.tokens === undefined)
    throw usageError('There is nothing to send.', 'Say how much with --near and --tokens.');
  const access = await openChain(cli, flags);
  const { near, chain, config } = access;
  const rootFile = join(cli.config.dataDir, 'chain', 'credentials', 'deai-local', 'deai.local.json');
  const sender = await fileCredentials(cli, near, flags.credentials ?? rootFile);
  const yoctoNear = BigInt(flags.near ?? 0);
  const implicit = /^[0-9a-f]{64}$/.test(account);
  const exists = (await chain.balance(account)) !== undefined;
  if (flags.create !== undefined && !exists) {
    const { publicKey } = await near.openCredentials(resolve(flags.create), account);
    const made = [{ type: 'createAccount' }, { type: 'transfer', yoctoNear }, { type: 'addFullAccessKey', publicKey }] as const;
    await near.callContract(chain, sender, { receiverId: account, actions: made });
  } else if (!exists && !(implicit && yoctoNear > 0n)) {
    const hint = implicit ? 'Its first NEAR makes it: add --near 1.' : 'Make it with --create <file>, which gets its new key.';
    throw new CliError('NO_ACCOUNT', EXIT.notFound, `There is no account ${account} on this chain.`, hint);
  } else if (yoctoNear > 0n) {
    await near.callContract(chain, sender, { receiverId: account, actions: [{ type: 'transfer', yoctoNear }] });
  }
  const amount = BigInt(flags.tokens ?? 0);
  if (amount > 0n) {
    await ensureTokenAccount(access, sender, config.token, account);
    await near.callContract(chain, sender, {
      receiverId: config.token,
      actions: [near.callAction(near.tokenCalls.transfer(account, amount))],
    });
  }
  const now = await accountOf(access, account);
  cli.output.result(now, (c) => `${c.green('✔')} ${account} has ${formatTokens(now.nearYocto, 6)} NEAR and ${tokens(now.tokensYocto)}`);
}
