import { DeaiApiError, DeaiClient } from '@deai/sdk';
import { type Command, Option } from 'commander';
import { usageError } from '../cli-error.ts';
import { type Cli, sessionClient } from '../context.ts';
import { examples } from '../help.ts';
import { readBytes } from '../input/files.ts';
import { ask, askHidden } from '../input/prompt.ts';
import { renderFacts } from '../output/table.output.ts';

interface LoginFlags {
  email?: string;
  passwordStdin?: true;
  apiKey?: string;
  register?: true;
  name?: string;
  role?: ('requester' | 'operator')[];
}

/** `login`, `logout`, `whoami`. */
export function addAuthCommands(program: Command, cli: Cli): void {
  const login = program
    .command('login')
    .description('log in and remember it, per network')
    .option('--email <address>', 'e-mail address; asked for when left out')
    .option('--password-stdin', 'read the password from standard input')
    .option('--api-key <key>', 'remember an API key instead; - reads it from standard input')
    .option('--register', 'open an account first')
    .option('--name <name>', 'name of the new account')
    .addOption(new Option('--role <role...>', 'roles of the new account').choices(['requester', 'operator']))
    .action((flags: LoginFlags) => (flags.apiKey === undefined ? logIn(cli, flags) : rememberKey(cli, flags.apiKey)));
  examples(login, [
    ['deai login'],
    ['deai login --register --role requester operator'],
    ['deai --url https://deai.example login --api-key deai_…'],
    ['deai login --email ada@example.org --password-stdin < password.txt'],
  ]);

  program
    .command('logout')
    .description('end the session and forget its credentials')
    .action(() => logOut(cli));

  program
    .command('whoami')
    .description('account, roles and address in use')
    .action(() => whoAmI(cli));
}

async function logIn(cli: Cli, flags: LoginFlags): Promise<void> {
  const url = await cli.url();
  const email = flags.email ?? (await ask('E-mail: ', 'Give --email, or --api-key.'));
  const password = flags.passwordStdin ? firstLine(await readBytes('-')) : await newOrKnownPassword(flags);
  const client = sessionClient(url, undefined, cli.credentials);
  const { signal } = cli;
  const { name, role: roles } = flags;
  const { user } = flags.register
    ? await client.auth.register({ email, password, ...(name ? { name } : {}), ...(roles ? { roles } : {}) }, { signal })
    : await client.auth.login({ email, password }, { signal });
  // Not both: a key would go on being used in place of the session.
  await cli.credentials.update(url, ({ apiKey: _, ...rest }) => ({ ...rest, email: user.email }), true);
  cli.output.result(
    { url, user },
    (c) => `${c.green('✔')} Logged in to ${c.bold(url)} as ${c.bold(user.email)} (${user.roles.join(', ')})`,
  );
}

async function newOrKnownPassword({ register }: LoginFlags): Promise<string> {
  const missing = 'Give --password-stdin.';
  if (!register) return await askHidden('Password: ', missing);
  const password = await askHidden('New password (12 characters or more): ', missing);
  if ((await askHidden('Once more: ', missing)) !== password) throw usageError('The two passwords differ.', 'Try again.');
  return password;
}

async function rememberKey(cli: Cli, given: string): Promise<void> {
  const apiKey = given === '-' ? firstLine(await readBytes('-')) : given;
  const url = await cli.url();
  const client = new DeaiClient({ baseUrl: url, apiKey });
  // A key without account:read is a good key all the same.
  const user = await client.user.profile({ signal: cli.signal }).catch((error: unknown) => {
    if (error instanceof DeaiApiError && error.code === 'FORBIDDEN') return undefined;
    throw error;
  });
  await cli.credentials.update(url, () => ({ apiKey, ...(user ? { email: user.email } : {}) }), true);
  const who = user ? ` of ${user.email}` : '';
  cli.output.result({ url, user: user ?? null }, (c) => `${c.green('✔')} Using the API key${who} for ${c.bold(url)}`);
}

async function logOut(cli: Cli): Promise<void> {
  const url = await cli.url();
  const profile = await cli.credentials.get(url);
  try {
    // An API key stays valid until it is revoked; only a session is closed.
    if (profile?.tokens) await sessionClient(url, profile.tokens, cli.credentials).auth.logout({ signal: cli.signal });
  } finally {
    await cli.credentials.update(url, () => undefined);
  }
  cli.output.result({ url, loggedOut: profile !== undefined }, (c) =>
    profile ? `${c.green('✔')} Logged out of ${url}` : `You were not logged in to ${url}.`,
  );
}

const SOURCES = { environment: 'API key from DEAI_API_KEY', 'stored-key': 'stored API key', session: 'session', none: 'nothing' };

async function whoAmI(cli: Cli): Promise<void> {
  const client = await cli.client();
  const [url, source, user] = [await cli.url(), await cli.credentialSource(), await client.user.profile({ signal: cli.signal })];
  cli.output.result({ url, credential: source, user }, (c) =>
    renderFacts(c, [
      ['account', user.name ? `${user.email} (${user.name})` : user.email],
      ['roles', user.roles.join(', ')],
      ['network', url],
      ['by', SOURCES[source]],
      ['id', c.dim(user.id)],
    ]),
  );
}

function firstLine(bytes: Buffer): string {
  return bytes.toString().split(/\r?\n/, 1)[0] ?? '';
}
