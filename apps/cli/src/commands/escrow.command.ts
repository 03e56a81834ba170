import type { ChainEscrow } from '@deai/near';
import type { Command } from 'commander';
import { type ChainAccess, type ChainFlags, chainOptions, mustHave, openChain } from '../chain/access.ts';
import { act, actAndBePaid } from '../chain/act.ts';
import { ensureStorage } from '../chain/registration.ts';
import { fileCredentials } from '../chain/signer.ts';
import { CliError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { examples } from '../help.ts';
import { tokenAmount } from '../input/arguments.ts';
import { duration, tokens } from '../output/format.ts';

interface EscrowFlags extends ChainFlags {
  credentials: string;
}
interface WithdrawFlags extends EscrowFlags {
  cancel?: true;
}

const FILE = ['--credentials <file>', 'NEAR credentials file of your account'] as const;
const NOTHING = { absent: { before: null, after: null } };

/** `deposit`, `withdraw`: the escrow that work is paid from. */
export function addEscrowCommands(program: Command, cli: Cli): void {
  const depositing = program
    .command('deposit')
    .description('put tokens into escrow, to pay for work with; link the account first (deai link)')
    .argument('<amount>', 'tokens', tokenAmount)
    .requiredOption(...FILE);
  chainOptions(depositing).action((amount: string, flags: EscrowFlags) => deposit(cli, BigInt(amount), flags));
  examples(depositing, [['deai deposit 25 --credentials ~/.near-credentials/testnet/ada.testnet.json']]);

  const leaving = program
    .command('withdraw')
    .description('take tokens out of escrow in two steps: the first call asks for them, the same call later takes them out')
    .argument('[amount]', 'tokens to ask for; all that is free when left out', tokenAmount)
    .requiredOption(...FILE)
    .option('--cancel', 'take the request back');
  chainOptions(leaving).action((amount: string | undefined, flags: WithdrawFlags) => withdraw(cli, amount, flags));
  examples(leaving, [
    ['deai withdraw 10 --credentials ada.json', 'asks for them, and says what to wait for'],
    ['deai withdraw --credentials ada.json', 'takes them out'],
  ]);
}

async function deposit(cli: Cli, amountYocto: bigint, flags: EscrowFlags): Promise<void> {
  const access = await openChain(cli, flags);
  const { near, chain, config, contractId: computeId } = access;
  const signer = await fileCredentials(cli, near, flags.credentials);
  await mustHave(access, signer.accountId, amountYocto);
  await ensureStorage(access, signer);
  const { hash } = await near.sendTokens(chain, signer, { tokenId: config.token, computeId, amountYocto, purpose: { deposit: {} } });
  const { escrow = '0' } = (await near.escrowOf(chain, computeId, signer.accountId)) ?? {};
  cli.output.result(
    { accountId: signer.accountId, depositedYocto: amountYocto.toString(), escrowYocto: escrow, transaction: hash },
    (c) =>
      `${c.green('✔')} ${tokens(amountYocto.toString())} are in escrow, ${tokens(escrow)} in all\n  ${c.dim('the network books them within seconds: deai rewards')}`,
  );
}

async function withdraw(cli: Cli, amount: string | undefined, flags: WithdrawFlags): Promise<void> {
  const access = await openChain(cli, flags);
  const { near, chain, contractId } = access;
  const signer = await fileCredentials(cli, near, flags.credentials);
  const { accountId } = signer;
  const state = await near.escrowOf(chain, contractId, accountId);
  if (flags.cancel) {
    const { hash } = await act(access, signer, near.computeCalls.cancelWithdraw());
    return cli.output.result({ accountId, cancelled: true, transaction: hash }, (c) => `${c.green('✔')} the request is taken back`);
  }
  if (state?.request_amount != null && amount === undefined) {
    const paid = await takeOut(cli, access, signer, state);
    return cli.output.result(
      { accountId, step: 'paid', ...paid },
      (c) => `${c.green('✔')} ${tokens(paid.paidYocto)} are back at ${accountId}`,
    );
  }
  const { hash } = await act(access, signer, near.computeCalls.requestWithdraw(amount === undefined ? undefined : BigInt(amount)));
  const asked = amount ?? state?.escrow ?? '0';
  cli.output.result(
    {
      accountId,
      step: 'requested',
      requestedYocto: asked,
      noticeMs: access.config.notice_ms,
      exitMs: access.config.exit_ms,
      transaction: hash,
    },
    (c) => `${c.green('✔')} ${tokens(asked)} are asked for, less what work under way costs\n  ${c.dim(whenDue(access))}`,
  );
}

async function takeOut(
  cli: Cli,
  access: ChainAccess,
  signer: Awaited<ReturnType<typeof fileCredentials>>,
  { request_at_ms: at }: ChainEscrow,
) {
  const { proofs } = await (await cli.anyClient()).settlement.account(signer.accountId, { signal: cli.signal });
  try {
    return await actAndBePaid(access, signer, access.near.computeCalls.withdraw(proofs?.charge ?? NOTHING));
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_NOT_DUE') throw error;
    const asked = at === null ? '' : ` It was asked for ${duration(Date.now() - at)} ago.`;
    throw new CliError('ERR_NOT_DUE', EXIT.refused, `The escrow cannot be taken out yet.${asked}`, whenDue(access));
  }
}

function whenDue({ config }: ChainAccess): string {
  const [notice, window, exit] = [config.notice_ms, config.challenge_ms, config.exit_ms].map(duration);
  return `Due once a batch that is posted ${notice} or more after the request is final (${window} later), or after ${exit} in which no batch becomes final. Then: deai withdraw`;
}
