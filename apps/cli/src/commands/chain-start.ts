import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LocalChain } from '@deai/local-chain';
import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { wholeNumber } from '../input/arguments.ts';
import { renderFacts } from '../output/table.output.ts';
import { onStopSignals } from '../stop-signals.ts';

interface StartFlags {
  port?: number;
  data?: string;
  ephemeral?: true;
  root?: string;
}

/** `chain start`. */
export function addChainStart(parent: Command, cli: Cli): void {
  const command = parent
    .command('start')
    .description('run a development chain that speaks NEAR, until it is interrupted; deai up brings its own')
    .option('--port <port>', 'port of the JSON-RPC; 0 for a free one (else 3030)', wholeNumber(0, 65_535))
    .option('--data <folder>', 'folder of the chain (else chain below DEAI_DATA_DIR or ./.deai)')
    .option('--ephemeral', 'keep it in memory; it ends with the program')
    .option('--root <account>', 'account that has all funds (else deai.local)')
    .action((flags: StartFlags) => start(cli, flags));
  examples(command, [['deai chain start'], ['deai chain start --ephemeral --port 0 --json']]);
}

async function start(cli: Cli, flags: StartFlags): Promise<void> {
  const { output } = cli;
  const stopAsked = onStopSignals();
  // Loaded only here: the virtual machine would slow every other command.
  const { DEFAULT_RPC_PORT, startLocalChain } = await import('@deai/local-chain');
  const port = flags.port ?? DEFAULT_RPC_PORT;
  const scratch = flags.ephemeral ? await mkdtemp(join(tmpdir(), 'deai-chain-')) : undefined;
  const dataDir = flags.data === undefined ? join(cli.config.dataDir, 'chain') : resolve(flags.data);
  const failed = Promise.withResolvers<Error>();
  let local: LocalChain | undefined;
  try {
    local = await startLocalChain({
      ...(scratch === undefined ? { dataDir } : { credentialsDir: scratch }),
      ...(flags.root === undefined ? {} : { rootAccountId: flags.root }),
      port,
      onError: failed.resolve,
      onWarning: (error) => output.note(output.errorColors.yellow(`! ${error.message}`)),
    }).catch((error: Error & { code?: string }) => {
      throw startError(error, port);
    });
    show(cli, local, scratch === undefined ? dataDir : null);
    const error = await Promise.race([stopAsked.then(() => undefined), failed.promise]);
    if (error) throw error;
  } finally {
    await local?.close();
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  }
}

function startError(error: Error & { code?: string }, port: number): Error {
  if (error.code === 'EADDRINUSE') return usageError(`Port ${port} is taken.`, 'Choose another with --port, or --port 0 for a free one.');
  return error.message.includes('in use by process')
    ? usageError(error.message, 'deai up runs a chain of its own: see deai chain status.')
    : error;
}

function show({ output }: Cli, { rpcUrl, chain, root, credentialsPath }: LocalChain, dataDir: string | null): void {
  const { chainId, head } = chain;
  const facts = { rpcUrl, chainId, rootAccount: root.accountId, credentials: credentialsPath, dataDir, height: head.height };
  output.result(facts, (c) => {
    const lines = renderFacts(c, [
      ['RPC', c.cyan(rpcUrl)],
      ['root account', root.accountId],
      ['its key', credentialsPath],
      ['data', dataDir ?? 'in memory, gone when this program ends'],
    ]);
    return `${c.green('✔')} ${c.bold(`The chain ${chainId} is up at height ${head.height}`)}\n\n${lines}`;
  });
}
