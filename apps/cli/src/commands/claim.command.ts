import type { Command } from 'commander';
import { type ChainFlags, chainOptions, openChain } from '../chain/access.ts';
import { actAndBePaid } from '../chain/act.ts';
import { ensureStorage } from '../chain/registration.ts';
import { type SignerFlags, signerOf, signerOptions } from '../chain/signer.ts';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { tokens } from '../output/format.ts';

interface ClaimFlags extends ChainFlags, SignerFlags {
  account?: string;
}

/** `claim`. */
export function addClaimCommand(program: Command, cli: Cli): void {
  const command = program
    .command('claim')
    .description('take rewards out that are final on chain, with the proof that the network hands out')
    .option('--account <id>', 'account to claim for when it is not the signer’s; it is paid, the signer only pays gas');
  chainOptions(signerOptions(command)).action((flags: ClaimFlags) => claim(cli, flags));
  examples(command, [
    ['deai claim', 'what the node of this machine earned, by its own key'],
    ['deai claim --credentials ~/.near-credentials/testnet/ada.testnet.json'],
  ]);
}

async function claim(cli: Cli, flags: ClaimFlags): Promise<void> {
  const access = await openChain(cli, flags);
  const { near, chain, contractId } = access;
  const signer = await signerOf(cli, near, flags);
  const accountId = flags.account ?? signer.accountId;
  const settled = await (await cli.anyClient()).settlement.account(accountId, { signal: cli.signal });
  const claimed = await near.claimedOf(chain, contractId, accountId);
  const reward = settled.proofs?.reward;
  const due = BigInt(reward?.leaf.cumulative ?? 0) - claimed;
  if (!reward || due <= 0n) {
    const coming = (BigInt(settled.earnedYocto) - claimed).toString();
    return cli.output.result({ accountId, paidYocto: '0', claimedYocto: claimed.toString(), notFinalYocto: coming }, (c) =>
      coming === '0'
        ? `There is nothing to claim for ${accountId}.`
        : `Nothing is final yet; ${tokens(coming)} are on the way ${c.dim('(deai settlements)')}`,
    );
  }
  if (accountId === signer.accountId) await ensureStorage(access, signer);
  const paid = await actAndBePaid(access, signer, near.computeCalls.claimRewards(reward), accountId);
  cli.output.result(
    { accountId, ...paid },
    (c) => `${c.green('✔')} ${tokens(paid.paidYocto)} of rewards are paid to ${accountId}\n  ${c.dim(`transaction ${paid.transaction}`)}`,
  );
}
