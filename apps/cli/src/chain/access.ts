import type { ChainConfig, NearChain } from '@deai/near';
import { formatTokens } from '@deai/sdk';
import type { Command } from 'commander';
import { CliError, usageError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** The library that speaks to NEAR, loaded by the commands that need it alone. */
export type Near = typeof import('@deai/near');

export interface ChainFlags {
  rpc?: string;
  contract?: string;
}

/** A chain with the network's contract on it. */
export interface ChainAccess {
  near: Near;
  chain: NearChain;
  contractId: string;
  /** The contract's settings: its token, least stake and waits. */
  config: ChainConfig;
}

/** Where the chain is, for every command that asks it. */
export function chainOptions(command: Command): Command {
  return command
    .option('--rpc <address>', 'JSON-RPC of a NEAR node (NEAR_RPC_URL; else the one that the network names)')
    .option('--contract <account>', 'contract of the network (DEAI_CONTRACT_ACCOUNT; else the one that the network names)');
}

/** Opens the chain that is named, or the network's. @throws CliError when nobody names one. */
export async function openChain(cli: Cli, flags: ChainFlags): Promise<ChainAccess> {
  const near = await import('@deai/near');
  const { rpcUrl, contractId } = await placeOf(cli, flags);
  const chain = near.createNearChain({ rpcUrl });
  return { near, chain, contractId, config: await near.getConfig(chain, contractId) };
}

async function placeOf(cli: Cli, { rpc, contract }: ChainFlags): Promise<{ rpcUrl: string; contractId: string }> {
  const rpcUrl = rpc ?? cli.config.nearRpcUrl;
  const contractId = contract ?? cli.config.contractId;
  if (rpcUrl !== undefined && contractId !== undefined) return { rpcUrl: checkedUrl(rpcUrl), contractId };
  const status = await (await cli.anyClient()).settlement.status({ signal: cli.signal });
  const named = rpcUrl ?? status.rpcUrl;
  if (named === null)
    throw usageError('The network does not tell where its chain can be asked.', 'Name a NEAR node with --rpc or NEAR_RPC_URL.');
  return { rpcUrl: checkedUrl(named), contractId: contractId ?? status.contractId };
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw usageError(`"${text}" is not an http or https address.`, 'Such as http://127.0.0.1:3030.');
}

/** @throws CliError when the account does not exist, or has less than these tokens. */
export async function mustHave({ near, chain, config }: ChainAccess, accountId: string, amountYocto: bigint): Promise<void> {
  const [balance, tokens] = await Promise.all([chain.balance(accountId), near.ftBalanceOf(chain, config.token, accountId)]);
  const wanted = formatTokens(amountYocto);
  const fund = `On the local chain: deai chain fund ${accountId} --near 1 --tokens ${wanted}`;
  if (balance === undefined) {
    throw new CliError(
      'NO_ACCOUNT',
      EXIT.notFound,
      `There is no account ${accountId} on this chain yet.`,
      `Send it NEAR and tokens. ${fund}`,
    );
  }
  if (tokens >= amountYocto) return;
  const message = `${accountId} has ${formatTokens(tokens, 6)} DEAI; ${wanted} are needed.`;
  throw new CliError('INSUFFICIENT_TOKENS', EXIT.funds, message, `Send it more. ${fund}`);
}
