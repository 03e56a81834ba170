import type { Command } from 'commander';
import { fileCredentials } from '../chain/signer.ts';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';

/** `link`. */
export function addLinkCommand(program: Command, cli: Cli): void {
  const command = program
    .command('link')
    .description('link your NEAR account: its deposits pay for your work, and your nodes’ later rewards go to it')
    .requiredOption('--credentials <file>', 'NEAR credentials file of a full-access key of the account; it signs that the account is yours')
    .action((flags: { credentials: string }) => link(cli, flags.credentials));
  examples(command, [['deai link --credentials ~/.near-credentials/testnet/ada.testnet.json']]);
}

async function link(cli: Cli, path: string): Promise<void> {
  const [near, { accountLinkText, signText }, client] = await Promise.all([import('@deai/near'), import('@deai/protocol'), cli.client()]);
  const credentials = await fileCredentials(cli, near, path);
  const { signal } = cli;
  const [{ networkId }, user] = await Promise.all([client.network.keys({ signal }), client.user.profile({ signal })]);
  const { accountId, publicKey } = credentials;
  const signature = signText(near.privateKeyOf(credentials), accountLinkText(networkId, user.id, accountId));
  const linked = await client.settlement.linkAccount({ accountId, publicKey, signature }, { signal });
  cli.output.result(linked, (c) => `${c.green('✔')} ${c.bold(accountId)} is linked to ${user.email}`);
}
