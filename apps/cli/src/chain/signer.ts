import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { NearCredentials } from '@deai/near';
import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import type { Near } from './access.ts';

export interface SignerFlags {
  credentials?: string;
  nodeDir?: string;
}

/** Whose key signs: an account's, or a node's own. Keys come from files alone: a command line is seen by everybody on the machine. */
export function signerOptions(command: Command): Command {
  return command
    .option('--credentials <file>', 'NEAR credentials file of the account that signs')
    .option('--node-dir <folder>', 'sign with the key of the node in this folder (DEAI_NODE_DATA_DIR; else ~/.deai/node)');
}

/** The account of the credentials file, or the implicit account of the node's key. @throws CliError when the file is missing or no key. */
export async function signerOf(cli: Cli, near: Near, flags: SignerFlags): Promise<NearCredentials> {
  if (flags.credentials === undefined) return await nodeCredentials(cli, near, flags.nodeDir);
  if (flags.nodeDir !== undefined) throw usageError('--credentials and --node-dir exclude each other.');
  return await fileCredentials(cli, near, flags.credentials);
}

/** Reads a NEAR credentials file. @throws CliError saying what is wrong with it. */
export async function fileCredentials({ output }: Cli, near: Near, path: string): Promise<NearCredentials> {
  try {
    return await near.readCredentials(resolve(path), (warning) => output.note(output.errorColors.yellow(`! ${warning}`)));
  } catch (error) {
    throw usageError(sentence(error), 'A credentials file is JSON with account_id, public_key and private_key.');
  }
}

async function nodeCredentials({ config }: Cli, near: Near, nodeDir: string | undefined): Promise<NearCredentials> {
  const path = join(nodeDir === undefined ? config.nodeDataDir : resolve(nodeDir), 'node-key.pem');
  const pem = await readFile(path, 'utf8').catch(() => {
    throw usageError(`There is no node key at ${path}.`, 'Start the node once, name its folder with --node-dir, or give --credentials.');
  });
  try {
    return near.implicitCredentials(pem);
  } catch (error) {
    throw usageError(`${path}: ${sentence(error)}`, 'It is the file that deai node start makes.');
  }
}

function sentence(error: unknown): string {
  const { message } = error as Error;
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
