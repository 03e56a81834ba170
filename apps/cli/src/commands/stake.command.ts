import type { ChainNode, NearCredentials } from '@deai/near';
import type { Command } from 'commander';
import { type ChainAccess, type ChainFlags, chainOptions, mustHave, openChain } from '../chain/access.ts';
import { act, actAndBePaid } from '../chain/act.ts';
import { ensureStorage, NODE_STORAGE_YOCTO } from '../chain/registration.ts';
import { type SignerFlags, signerOf, signerOptions } from '../chain/signer.ts';
import { usageError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { tokenAmount } from '../input/arguments.ts';
import { duration, tokens } from '../output/format.ts';

interface StakeFlags extends ChainFlags, SignerFlags {
  nodeKey?: string;
}

/** Whose stake it is, and behind which node. */
interface Stake extends ChainAccess {
  signer: NearCredentials;
  nodeKey: string;
  node: ChainNode | null;
}

/** `stake`, `unstake`. */
export function addStakeCommands(program: Command, cli: Cli): void {
  const staking = program
    .command('stake')
    .description('put tokens behind a node as its stake, or add to it')
    .argument('<amount>', 'tokens', tokenAmount);
  options(staking).action((amount: string, flags: StakeFlags) => stake(cli, BigInt(amount), flags));
  examples(staking, [
    ['deai stake 100', 'for the node of this machine, by its own key'],
    ['deai stake 100 --node-dir /srv/node'],
    ['deai stake 250 --credentials ~/.near-credentials/testnet/ada.testnet.json --node-key ed25519:…', "from an operator's account"],
  ]);

  const leaving = program
    .command('unstake')
    .description('ask stake back, which starts the cool-down; with --withdraw take out what has cooled down')
    .argument('[amount]', 'tokens; all of them when left out', tokenAmount)
    .option('--withdraw', 'take out what was asked back');
  options(leaving).action((amount: string | undefined, flags: StakeFlags & { withdraw?: true }) =>
    flags.withdraw ? withdrawStake(cli, amount, flags) : unstake(cli, amount === undefined ? undefined : BigInt(amount), flags),
  );
  examples(leaving, [
    ['deai unstake'],
    ['deai unstake 50', 'what stays must be the least stake, or nothing'],
    ['deai unstake --withdraw', 'after the cool-down'],
  ]);
}

function options(command: Command): Command {
  return chainOptions(
    signerOptions(command).option('--node-key <key>', 'public key of the node, ed25519:…; with --credentials (deai node status shows it)'),
  );
}

async function open(cli: Cli, flags: StakeFlags): Promise<Stake> {
  if (flags.credentials !== undefined && flags.nodeKey === undefined) {
    throw usageError('--credentials needs --node-key.', 'deai node status shows the key of a node.');
  }
  const access = await openChain(cli, flags);
  const signer = await signerOf(cli, access.near, flags);
  const nodeKey = flags.nodeKey ?? signer.publicKey;
  return { ...access, signer, nodeKey, node: await access.near.getNode(access.chain, access.contractId, signer.accountId, nodeKey) };
}

async function stake(cli: Cli, amountYocto: bigint, flags: StakeFlags): Promise<void> {
  const of = await open(cli, flags);
  const { near, chain, config, contractId: computeId, signer, nodeKey, node } = of;
  const least = BigInt(config.min_stake);
  if (!node && amountYocto < least) throw usageError(`The least stake is ${tokens(config.min_stake)}.`, 'Stake that much or more.');
  await mustHave(of, signer.accountId, amountYocto);
  await ensureStorage(of, signer, node ? 0n : NODE_STORAGE_YOCTO);
  const purpose = node ? { add_stake: { node_key: nodeKey } } : { register_node: { node_key: nodeKey } };
  const { hash } = await near.sendTokens(chain, signer, { tokenId: config.token, computeId, amountYocto, purpose });
  const now = (BigInt(node?.stake ?? 0) + amountYocto).toString();
  cli.output.result(
    { accountId: signer.accountId, nodeKey, stakeYocto: now, transaction: hash },
    (c) => `${c.green('✔')} ${tokens(now)} are at stake behind ${nodeKey}\n  ${c.dim(`operator ${signer.accountId}, transaction ${hash}`)}`,
  );
}

async function unstake(cli: Cli, amountYocto: bigint | undefined, flags: StakeFlags): Promise<void> {
  const of = await open(cli, flags);
  const { near, signer, nodeKey, config, node } = of;
  const { hash } = await act(of, signer, near.computeCalls.unstake(nodeKey, amountYocto));
  const asked = (amountYocto ?? BigInt(node?.stake ?? 0)).toString();
  const wait = duration(config.cooldown_ms);
  cli.output.result(
    { accountId: signer.accountId, nodeKey, unstakedYocto: asked, cooldownMs: config.cooldown_ms, transaction: hash },
    (c) => `${c.green('✔')} ${tokens(asked)} are asked back\n  ${c.dim(`take them out in ${wait}: deai unstake --withdraw`)}`,
  );
}

async function withdrawStake(cli: Cli, amount: string | undefined, flags: StakeFlags): Promise<void> {
  if (amount !== undefined) throw usageError('--withdraw takes out all that has cooled down: leave the amount out.');
  const of = await open(cli, flags);
  const { signer, nodeKey } = of;
  const paid = await actAndBePaid(of, signer, of.near.computeCalls.withdrawStake(nodeKey));
  cli.output.result(
    { accountId: signer.accountId, nodeKey, ...paid },
    (c) => `${c.green('✔')} ${tokens(paid.paidYocto)} of stake are back at ${signer.accountId}`,
  );
}
