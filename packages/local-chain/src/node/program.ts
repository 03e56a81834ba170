import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { DEFAULT_CHAIN_ID, DEFAULT_ROOT_ACCOUNT_ID, type LocalChain, startLocalChain } from './start-local-chain.ts';

/** Port of the RPC unless another is given; that of nearcore. */
export const DEFAULT_RPC_PORT = 3030;

/** Where the program writes and what ends it. */
export interface ProgramIo {
  print(text: string): void;
  printError(text: string): void;
  /** Resolves when the program is asked to stop. */
  readonly stopAsked: Promise<void>;
}

interface Flags {
  port: number;
  host: string;
  data: string;
  ephemeral?: true;
  root: string;
  sandbox: boolean;
  json?: true;
}

/** The program `local-chain`: runs a chain until it is asked to stop. */
export function buildProgram(io: ProgramIo): Command {
  return new Command('local-chain')
    .description('A development chain that speaks NEAR: one validator, instant blocks, kept on disk.')
    .option('--port <port>', 'port of the JSON-RPC; 0 for a free one', parsePort, DEFAULT_RPC_PORT)
    .option('--host <address>', 'address to listen on; whoever reaches it can send transactions', '127.0.0.1')
    .option('--data <folder>', 'folder of the chain', join('.deai', 'chain'))
    .option('--ephemeral', 'keep the chain in memory; it ends with the program')
    .option('--root <account>', 'account that has all funds and may create top-level accounts', DEFAULT_ROOT_ACCOUNT_ID)
    .option('--no-sandbox', 'without the methods that change state or time without a transaction')
    .option('--json', 'print one JSON document when it is ready')
    .addHelpText('after', '\nNetwork id: deai-local. The key of the root account is written as a NEAR credentials file.')
    .configureOutput({ writeOut: (text) => io.print(text), writeErr: (text) => io.printError(text) })
    .exitOverride()
    .action((flags: Flags) => run(io, flags));
}

async function run(io: ProgramIo, flags: Flags): Promise<void> {
  const scratch = flags.ephemeral ? await mkdtemp(join(tmpdir(), 'deai-chain-')) : undefined;
  const failed = Promise.withResolvers<Error>();
  const place = scratch ? { credentialsDir: scratch } : { dataDir: resolve(flags.data) };
  const { port, host, root: rootAccountId, sandbox } = flags;
  let local: LocalChain | undefined;
  try {
    local = await startLocalChain({
      ...place,
      port,
      host,
      rootAccountId,
      sandbox,
      onError: failed.resolve,
      onWarning: (error) => io.printError(`${error.message}\n`),
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      throw new Error(`Port ${port} on ${host} is taken. Choose another with --port, or stop what listens there.`, { cause: error });
    });
    io.print(describe(local, scratch ? undefined : resolve(flags.data), flags.json ?? false));
    const error = await Promise.race([io.stopAsked.then(() => undefined), failed.promise]);
    if (error) throw error;
  } finally {
    await local?.close();
    if (scratch) await rm(scratch, { recursive: true, force: true });
  }
}

function describe({ rpcUrl, root, credentialsPath, chain }: LocalChain, dataDir: string | undefined, json: boolean): string {
  if (json) {
    const facts = { rpcUrl, networkId: chain.chainId, rootAccount: root.accountId, credentials: credentialsPath, dataDir: dataDir ?? null };
    return `${JSON.stringify({ ...facts, height: chain.head.height })}\n`;
  }
  const lines = [
    `The local chain ${DEFAULT_CHAIN_ID} is ready at height ${chain.head.height}.`,
    `  RPC           ${rpcUrl}`,
    `  root account  ${root.accountId}`,
    `  its key       ${credentialsPath}`,
    `  data          ${dataDir ?? 'in memory, gone when this program ends'}`,
    'Stop it with Ctrl+C.',
  ];
  return `${lines.join('\n')}\n`;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
}
