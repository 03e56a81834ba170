import type { ChainNode } from '@deai/near';
import { formatTokens } from '@deai/sdk';
import type { Command } from 'commander';
import { type ChainAccess, type ChainFlags, chainOptions, openChain } from '../chain/access.ts';
import { type SignerFlags, signerOf, signerOptions } from '../chain/signer.ts';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { ago, tokens } from '../output/format.ts';
import type { Colors } from '../output/output.ts';
import { renderFacts } from '../output/table.output.ts';

interface BalanceFlags extends ChainFlags, SignerFlags {}

/** What an account has. Amounts in yocto; `null` for what nobody says. */
interface Balance {
  accountId: string;
  exists: boolean;
  nearYocto: string;
  tokensYocto: string;
  escrowYocto: string;
  requestedYocto: string;
  contractBalanceYocto: string;
  stakes: { nodeKey: string; stakeYocto: string; unstakingYocto: string; unlockAt: string | null; eligible: boolean }[];
  claimedYocto: string;
  claimableYocto: string | null;
}

/** A contract with more nodes than this is not searched for those of a named account. */
const MOST_PAGES = 20;
const PAGE = 100;

/** `balance`. */
export function addBalanceCommand(program: Command, cli: Cli): void {
  const command = program
    .command('balance')
    .description('what an account has on chain: NEAR, tokens, escrow, stake, rewards to claim')
    .argument('[account]', 'NEAR account; when left out that of --credentials, or of the node of this machine');
  chainOptions(signerOptions(command)).action((account: string | undefined, flags: BalanceFlags) => balance(cli, account, flags));
  examples(command, [['deai balance'], ['deai balance ada.testnet'], ['deai balance treasury.deai.local --json']]);
}

async function balance(cli: Cli, account: string | undefined, flags: BalanceFlags): Promise<void> {
  const access = await openChain(cli, flags);
  const accountId = account ?? (await signerOf(cli, access.near, flags)).accountId;
  const answer = await read(cli, access, accountId);
  cli.output.result(answer, (c) => render(c, answer));
}

async function read(cli: Cli, access: ChainAccess, accountId: string): Promise<Balance> {
  const { near, chain, contractId, config } = access;
  const [yoctoNear, tokensYocto, escrow, nodes, claimed, final] = await Promise.all([
    chain.balance(accountId),
    near.ftBalanceOf(chain, config.token, accountId),
    near.escrowOf(chain, contractId, accountId),
    nodesOf(access, accountId),
    near.claimedOf(chain, contractId, accountId),
    finalOf(cli, accountId),
  ]);
  return {
    accountId,
    exists: yoctoNear !== undefined,
    nearYocto: (yoctoNear ?? 0n).toString(),
    tokensYocto: tokensYocto.toString(),
    escrowYocto: escrow?.escrow ?? '0',
    requestedYocto: escrow?.request_amount ?? '0',
    contractBalanceYocto: escrow?.balance ?? '0',
    stakes: nodes.map((node) => ({
      nodeKey: node.node_key,
      stakeYocto: node.stake,
      unstakingYocto: node.unstaking,
      unlockAt: node.unstaking === '0' ? null : new Date(node.unlock_at_ms).toISOString(),
      eligible: node.eligible,
    })),
    claimedYocto: claimed.toString(),
    claimableYocto: final === undefined ? null : (final > claimed ? final - claimed : 0n).toString(),
  };
}

/** An implicit account is a node's own; a named one may have any number. */
async function nodesOf({ near, chain, contractId }: ChainAccess, accountId: string): Promise<ChainNode[]> {
  if (/^[0-9a-f]{64}$/.test(accountId)) {
    const own = await near.getNode(chain, contractId, accountId, near.publicKeyOfImplicit(accountId));
    if (own) return [own];
  }
  const found: ChainNode[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const nodes = await near.getNodes(chain, contractId, page * PAGE, PAGE);
    found.push(...nodes.filter(({ account_id: operator }) => operator === accountId));
    if (nodes.length < PAGE) break;
  }
  return found;
}

/** Final rewards, as far as there is a network to ask. */
async function finalOf(cli: Cli, accountId: string): Promise<bigint | undefined> {
  try {
    const { finalEarnedYocto } = await (await cli.anyClient()).settlement.account(accountId, { signal: cli.signal });
    return BigInt(finalEarnedYocto);
  } catch {
    cli.signal.throwIfAborted();
    return undefined;
  }
}

function render(c: Colors, of: Balance): string {
  const stakes = of.stakes.map((stake): [string, string] => {
    const leaving = stake.unstakingYocto === '0' ? '' : c.dim(`, ${tokens(stake.unstakingYocto)} asked back, free ${ago(stake.unlockAt)}`);
    return [
      'stake',
      `${tokens(stake.stakeYocto)} ${c.dim(`behind ${stake.nodeKey}`)}${leaving}${stake.eligible ? '' : c.yellow(' not eligible for work')}`,
    ];
  });
  const requested = of.requestedYocto === '0' ? '' : c.dim(`, ${tokens(of.requestedYocto)} asked back`);
  return renderFacts(c, [
    ['account', `${c.bold(of.accountId)}${of.exists ? '' : c.yellow(' does not exist yet')}`],
    ['NEAR', `${formatTokens(of.nearYocto, 6)} NEAR`],
    ['tokens', c.bold(tokens(of.tokensYocto))],
    ['escrow', `${tokens(of.escrowYocto)}${requested}`],
    ['free', of.contractBalanceYocto === '0' ? undefined : `${tokens(of.contractBalanceYocto)} ${c.dim('at the contract')}`],
    ...stakes,
    ['claimed', of.claimedYocto === '0' ? undefined : tokens(of.claimedYocto)],
    ['claimable', of.claimableYocto === null ? c.dim('no network to ask') : c.green(tokens(of.claimableYocto))],
  ]);
}
