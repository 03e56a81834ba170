import type { SwapPlan } from '@deai/protocol';
import { formatTokens } from '@deai/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import { type ChainAccess, type ChainFlags, chainOptions, mustHave, openChain } from '../chain/access.ts';
import { ensureTokenAccount } from '../chain/registration.ts';
import { fileCredentials } from '../chain/signer.ts';
import { CliError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { examples } from '../help.ts';
import { tokenAmount, wholeNumber } from '../input/arguments.ts';
import { tokens } from '../output/format.ts';

interface SwapFlags extends ChainFlags {
  credentials: string;
  exchange: string;
  pool: number;
  out: string;
  outUsd: string;
  slippageBps: number;
  deviationBps: number;
  plan?: true;
}

/** What goes out for the exchange: the plan, and how many decimals what comes back has. */
interface Priced {
  plan: SwapPlan;
  outDecimals: number;
}

const SWAP_GAS = 180n * 10n ** 12n;
const MAX_PRICE_AGE_MS = 300_000;

/** `swap`. */
export function addSwapCommand(program: Command, cli: Cli): void {
  const command = program
    .command('swap')
    .description("change tokens at an exchange with Ref's interface, for no less than the network's price says")
    .argument('<amount>', 'tokens', tokenAmount)
    .requiredOption('--credentials <file>', 'NEAR credentials file of your account')
    .requiredOption('--exchange <account>', 'exchange, such as v2.ref-finance.near')
    .requiredOption('--pool <number>', 'its pool of the two tokens', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .requiredOption('--out <account>', 'token that you want')
    .option('--out-usd <price>', 'price of one of those in dollars', usd, '1')
    .option('--slippage-bps <n>', 'how much less than the price you take, in hundredths of a percent', wholeNumber(0, 9_999), 100)
    .option('--deviation-bps <n>', "how far the pool may be from the network's price", wholeNumber(0, 9_999), 300)
    .option('--plan', 'only say what it would give');
  chainOptions(command).action((amount: string, flags: SwapFlags) => swap(cli, BigInt(amount), flags));
  examples(command, [
    ['deai swap 10 --credentials ada.json --exchange v2.ref-finance.near --pool 4512 --out usdt.tether-token.near'],
    ['deai swap 10 … --out wrap.near --out-usd 5.10 --plan', 'a token that is not worth a dollar'],
  ]);
}

function usd(text: string): string {
  if (/^\d{1,12}(\.\d{1,18})?$/.test(text) && Number(text) > 0) return text;
  throw new InvalidArgumentError('It must be a price in dollars such as 5.10.');
}

async function swap(cli: Cli, amountIn: bigint, flags: SwapFlags): Promise<void> {
  const access = await openChain(cli, flags);
  const { near, chain, config } = access;
  const signer = await fileCredentials(cli, near, flags.credentials);
  await mustHave(access, signer.accountId, amountIn);
  const { plan, outDecimals } = await price(cli, access, amountIn, flags);
  const shown = (amount: bigint) => `${formatUnits(amount, outDecimals)} ${flags.out}`;
  const facts = {
    amountInYocto: amountIn.toString(),
    out: flags.out,
    expectedOut: plan.expectedOut.toString(),
    minAmountOut: plan.minAmountOut.toString(),
  };
  if (flags.plan) {
    return cli.output.result(
      facts,
      () => `${tokens(amountIn.toString())} give ${shown(plan.expectedOut)}, and no less than ${shown(plan.minAmountOut)}`,
    );
  }
  // What cannot be sent is not given back.
  await ensureTokenAccount(access, signer, flags.out, signer.accountId);
  const before = await near.ftBalanceOf(chain, flags.out, signer.accountId);
  const call = { method: plan.method, args: plan.args, gas: SWAP_GAS, depositYocto: BigInt(plan.depositYoctoNear) };
  const { hash, value, failures } = await near.callContract(chain, signer, { receiverId: config.token, actions: [near.callAction(call)] });
  if (value !== amountIn.toString()) {
    throw new CliError(
      'SWAP_FAILED',
      EXIT.refused,
      `The exchange refused: ${failures?.[0] ?? 'the tokens came back'}.`,
      'Your tokens are back. See what it would give with --plan.',
    );
  }
  const got = (await near.ftBalanceOf(chain, flags.out, signer.accountId)) - before;
  if (got < plan.minAmountOut) {
    const message = `The exchange took ${tokens(amountIn.toString())}, and ${shown(got)} came back.`;
    throw new CliError(
      'SWAP_FAILED',
      EXIT.failed,
      message,
      `Look at transaction ${hash}; the rest may be in your deposits at ${flags.exchange}.`,
    );
  }
  cli.output.result(
    { ...facts, amountOut: got.toString(), transaction: hash },
    (c) => `${c.green('✔')} ${tokens(amountIn.toString())} gave ${shown(got)}\n  ${c.dim(`transaction ${hash}`)}`,
  );
}

async function price(cli: Cli, { near, chain, config }: ChainAccess, amountIn: bigint, flags: SwapFlags): Promise<Priced> {
  const { parseUsd, planSwap, TOKEN_DECIMALS } = await import('@deai/protocol');
  const [pool, decimals, known] = await Promise.all([
    near.getPool(chain, flags.exchange, flags.pool),
    near.ftDecimals(chain, flags.out),
    (await cli.anyClient()).network.price({ signal: cli.signal }),
  ]);
  if (known.usd === null)
    throw new CliError(
      'NO_PRICE',
      EXIT.refused,
      'The network has no price of its token.',
      'Without one nobody can say what a fair swap is.',
    );
  const reserve = (token: string) => {
    const index = pool.token_account_ids.indexOf(token);
    if (index < 0)
      throw new CliError('NO_POOL', EXIT.refused, `Pool ${flags.pool} has no ${token}.`, `It has ${pool.token_account_ids.join(' and ')}.`);
    return BigInt(pool.amounts[index] as string);
  };
  const plan = planSwap({
    amountIn,
    pool: {
      exchange: flags.exchange,
      poolId: flags.pool,
      tokenIn: config.token,
      tokenOut: flags.out,
      decimalsIn: TOKEN_DECIMALS,
      decimalsOut: decimals,
      reserveIn: reserve(config.token),
      reserveOut: reserve(flags.out),
      feeBps: pool.total_fee,
    },
    oraclePrice: {
      inAttoUsd: parseUsd(known.usd),
      outAttoUsd: parseUsd(flags.outUsd),
      // A price without a time is as good as none; one that the configuration fixes does not age.
      atMs: known.source === 'fixed' ? Date.now() : Date.parse(known.at ?? '1970-01-01'),
    },
    maxSlippageBps: flags.slippageBps,
    maxDeviationBps: flags.deviationBps,
    maxPriceAgeMs: MAX_PRICE_AGE_MS,
    nowMs: Date.now(),
  });
  return { plan, outDecimals: decimals };
}

/** An amount of a token with its own number of decimals. */
function formatUnits(amount: bigint, decimals: number): string {
  return formatTokens((amount * 10n ** BigInt(24 - Math.min(24, decimals))) / 10n ** BigInt(Math.max(0, decimals - 24)), 6);
}
