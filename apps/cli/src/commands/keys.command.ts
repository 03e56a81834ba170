import type { ApiKey, ApiKeyRequest, Scope } from '@deai/protocol';
import { type Command, Option } from 'commander';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { wholeNumber } from '../input/arguments.ts';
import { ago } from '../output/format.ts';
import type { Colors } from '../output/output.ts';
import { renderTable } from '../output/table.output.ts';

/** Every scope, checked by the compiler. The protocol's own list comes with all its schemas, which every command would load at its start. */
const SCOPES = Object.keys({
  'tasks:read': true,
  'tasks:write': true,
  'nodes:read': true,
  'nodes:write': true,
  'billing:read': true,
  'account:read': true,
  'account:write': true,
  admin: true,
} satisfies Record<Scope, true>) as Scope[];

/** `keys list`, `keys create`, `keys revoke`. */
export function addKeysCommand(program: Command, cli: Cli): void {
  const command = program.command('keys').description('API keys of your account');
  command
    .command('list')
    .description('all keys')
    .action(() => list(cli));
  const create = command
    .command('create')
    .description('make a key; it is shown this once')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--scope <scope...>', 'what it may do; all that you may when left out').choices(SCOPES))
    .option('--expires <days>', 'days until it ends', wholeNumber(1, 3_650))
    .action((name: string, { scope: scopes, expires }: { scope?: Scope[]; expires?: number }) =>
      make(cli, { name, ...(scopes ? { scopes } : {}), ...(expires === undefined ? {} : { expiresInDays: expires }) }),
    );
  examples(create, [
    ['deai keys create "batch server" --scope tasks:read tasks:write --expires 90'],
    ['export DEAI_API_KEY=$(deai keys create ci --json | jq -r .key)'],
  ]);
  command
    .command('revoke')
    .description('end a key')
    .argument('<id>', 'key')
    .action((id: string) => revoke(cli, id));
}

async function list(cli: Cli): Promise<void> {
  const items = await (await cli.client()).user.apiKeys.list({ signal: cli.signal });
  cli.output.result({ items }, (c) => (items.length > 0 ? renderKeys(c, items) : 'No keys. Make one: deai keys create <name>'));
}

async function make(cli: Cli, request: ApiKeyRequest): Promise<void> {
  const created = await (await cli.client()).user.apiKeys.create(request, { signal: cli.signal });
  cli.output.result(created, () => created.key);
  cli.output.note(`${cli.output.errorColors.yellow('Keep it now: it is not shown again.')} It may ${created.apiKey.scopes.join(', ')}.`);
}

async function revoke(cli: Cli, id: string): Promise<void> {
  const key = await (await cli.client()).user.apiKeys.revoke(id, { signal: cli.signal });
  cli.output.result(key, (c) => `${c.green('✔')} ${key.name} (${key.prefix}…) is revoked`);
}

function renderKeys(c: Colors, keys: readonly ApiKey[]): string {
  return renderTable(
    c,
    ['id', 'name', 'key', 'state', '>used', 'scopes'],
    keys.map((key) => [
      key.id,
      key.name,
      `${key.prefix}…`,
      stateOf(c, key),
      key.lastUsedAt ? ago(key.lastUsedAt) : 'never',
      key.scopes.join(' '),
    ]),
  );
}

function stateOf(c: Colors, { revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt) return c.red('revoked');
  if (!expiresAt) return c.green('valid');
  return Date.parse(expiresAt) <= Date.now() ? c.red('expired') : c.green(`ends ${ago(expiresAt)}`);
}
