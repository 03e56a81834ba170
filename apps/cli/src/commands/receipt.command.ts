import { writeFile } from 'node:fs/promises';
import type { ReceiptDocument } from '@deai/protocol';
import { type VerifyOptions, verifyReceipt } from '@deai/sdk';
import type { Command } from 'commander';
import { type ChainFlags, chainOptions, openChain } from '../chain/access.ts';
import { usageError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { examples } from '../help.ts';
import { isObject, parseJson, readBytes } from '../input/files.ts';
import { renderVerdict } from '../output/receipt.output.ts';

interface VerifyFlags extends ChainFlags {
  offline?: true;
  key?: string[];
  output?: string;
  input?: string;
}

/** `receipt get`, `receipt verify`. */
export function addReceiptCommand(program: Command, cli: Cli): void {
  const command = program.command('receipt').description('signed records of completed tasks: who did the work, for what, and what it cost');
  const getting = command
    .command('get')
    .description('the work receipt of a completed task')
    .argument('<id>', 'task')
    .option('--out <file>', 'write it there')
    .action((id: string, { out }: { out?: string }) => get(cli, id, out));
  examples(getting, [['deai receipt get 01890a5d-ac96-774b-bcce-b302099a8057 --out receipt.json']]);
  const verifying = command
    .command('verify')
    .description('check a work receipt, and say exactly what is wrong with it')
    .argument('<file>', 'receipt, or - for standard input')
    .option('--offline', 'ask nobody; without --key the signature of the network is only as good as the key in the file')
    .option('--key <key...>', 'public keys of the network that you trust, instead of those it publishes')
    .option('--output <file>', "the task's output in JSON: check that it is the one")
    .option('--input <file>', "the task's input in JSON, as `deai tasks input` prints it: the same");
  chainOptions(verifying).action((file: string, flags: VerifyFlags) => verify(cli, file, flags));
  examples(verifying, [
    ['deai receipt verify receipt.json --rpc https://rpc.mainnet.near.org', 'against the chain itself, by a node of your choice'],
    ['deai receipt verify receipt.json', "with the network's own keys"],
    ['deai receipt verify receipt.json --offline --key ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp', 'without a connection'],
    ['deai tasks <id> --json | jq .output > output.json; deai receipt verify receipt.json --output output.json'],
    ['deai tasks input <id> | deai receipt verify receipt.json --input -', 'with the input that the network keeps of your own task'],
  ]);
}

async function get(cli: Cli, id: string, out: string | undefined): Promise<void> {
  const document = await (await cli.client()).tasks.receipt(id, { signal: cli.signal });
  const text = JSON.stringify(document, null, 2);
  if (out === undefined) return cli.output.result(document, () => text);
  try {
    await writeFile(out, `${text}\n`);
  } catch (error) {
    throw usageError(`Cannot write ${out}: ${(error as Error).message}.`, 'Give the path of a file that may be written.');
  }
  cli.output.result({ taskId: id, file: out }, (c) => `${c.green('✔')} the work receipt is in ${out}`);
}

async function verify(cli: Cli, file: string, flags: VerifyFlags): Promise<void> {
  const document = await readJson(file);
  const [output, input, network, root] = await Promise.all([
    flags.output === undefined ? undefined : readJson(flags.output),
    flags.input === undefined ? undefined : readJson(flags.input),
    networkFor(cli, document, flags),
    rootFor(cli, document, flags),
  ]);
  const verdict = await verifyReceipt(document, { output, input, network, root });
  cli.output.result(verdict, (c) => renderVerdict(c, verdict, document as ReceiptDocument));
  if (!verdict.valid) process.exitCode = EXIT.failed;
}

/** Whom to take for the network: the keys that were given, or what the server at hand publishes, or nobody. */
async function networkFor(cli: Cli, document: unknown, { offline, key }: VerifyFlags): Promise<VerifyOptions['network']> {
  if (key) {
    const networkId = isObject(document) ? String(document.networkId) : '';
    return { networkId, keys: key.map((publicKey) => ({ publicKey })) };
  }
  return offline ? undefined : await (await cli.anyClient()).network.keys({ signal: cli.signal });
}

/** What the contract holds of the document's batch; `undefined`, with a note, when nobody can be asked or it was pruned. */
async function rootFor(cli: Cli, document: unknown, flags: VerifyFlags): Promise<VerifyOptions['root']> {
  const batch = isObject(document) && isObject(document.batch) ? document.batch : undefined;
  if (flags.offline || !batch || typeof batch.id !== 'number') return undefined;
  const { note, errorColors } = cli.output;
  try {
    // The network's own contract, not the one that the document names.
    const { near, chain, contractId } = await openChain(cli, flags);
    const posted = await near.getBatch(chain, contractId, batch.id);
    if (posted) return { batchId: posted.number, contractId, status: posted.status, ...posted.receipts };
    note(errorColors.yellow(`! ${contractId} holds no batch ${batch.id}: it was never posted, or is so old that it was removed`));
  } catch (error) {
    cli.signal.throwIfAborted();
    note(errorColors.yellow(`! the chain was not asked: ${(error as Error).message}`));
  }
  return undefined;
}

async function readJson(file: string): Promise<unknown> {
  return parseJson((await readBytes(file)).toString(), file === '-' ? 'Standard input' : file);
}
