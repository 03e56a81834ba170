import { DeaiClient } from '@deai/sdk';
import { CliError } from './cli-error.ts';
import type { CliConfig } from './config.ts';
import { EXIT } from './exit-codes.ts';
import type { Output } from './output/output.ts';
import type { CredentialsStore } from './state/credentials.store.ts';

const DEFAULT_URL = 'http://127.0.0.1:8080';

/** What every command works with. */
export interface Cli {
  readonly config: CliConfig;
  readonly output: Output;
  readonly credentials: CredentialsStore;
  /** The address in use: `--url`, `DEAI_URL`, that of the last login, or {@link DEFAULT_URL}. */
  url(): Promise<string>;
  /** Where the credential of `client()` comes from. */
  credentialSource(): Promise<CredentialSource>;
  /** A client with the credential of `DEAI_API_KEY` or of the stored profile. @throws CliError when there is none. */
  client(): Promise<DeaiClient>;
  /** A client for what anybody may ask; with the credential when there is one. */
  anyClient(): Promise<DeaiClient>;
  /** Aborted by Ctrl-C. The first use takes the signal over; a second Ctrl-C ends the process at once. */
  readonly signal: AbortSignal;
}

export type CredentialSource = 'environment' | 'stored-key' | 'session' | 'none';

export interface CliParts {
  config: CliConfig;
  output: Output;
  credentials: CredentialsStore;
  /** The flag, read when it is asked for: it is parsed after the context is made. */
  urlFlag: () => string | undefined;
}

export function createCli({ config, output, credentials, urlFlag }: CliParts): Cli {
  let controller: AbortController | undefined;

  const url = async () => normalUrl(urlFlag() ?? config.url ?? (await credentials.current()) ?? DEFAULT_URL);
  async function credentialSource(): Promise<CredentialSource> {
    if (config.apiKey) return 'environment';
    const profile = await credentials.get(await url());
    if (profile?.apiKey) return 'stored-key';
    return profile?.tokens ? 'session' : 'none';
  }
  async function anyClient(): Promise<DeaiClient> {
    const baseUrl = await url();
    if (config.apiKey) return new DeaiClient({ baseUrl, apiKey: config.apiKey });
    const profile = await credentials.get(baseUrl);
    if (profile?.apiKey) return new DeaiClient({ baseUrl, apiKey: profile.apiKey });
    return sessionClient(baseUrl, profile?.tokens, credentials);
  }

  return {
    config,
    output,
    credentials,
    url,
    credentialSource,
    anyClient,
    async client() {
      if ((await credentialSource()) !== 'none') return await anyClient();
      const where = await url();
      throw new CliError(
        'UNAUTHENTICATED',
        EXIT.authentication,
        `You are not logged in to ${where}.`,
        'Log in: deai login. Or set DEAI_API_KEY.',
      );
    },
    get signal() {
      controller ??= onInterrupt();
      return controller.signal;
    },
  };
}

/** A client whose session lives in the credentials file, and is shared with other processes. */
export function sessionClient(baseUrl: string, tokens: DeaiClient['tokens'], credentials: CredentialsStore): DeaiClient {
  const client: DeaiClient = new DeaiClient({
    baseUrl,
    tokens,
    onTokens: (next) =>
      credentials.update(baseUrl, ({ tokens: _, ...rest }) => {
        if (next) return { ...rest, tokens: next };
        return Object.keys(rest).length > 0 ? rest : undefined;
      }),
    aroundRefresh: (stale, refresh) =>
      credentials.exclusively(async () => {
        const stored = (await credentials.get(baseUrl))?.tokens;
        if (stored && stored.accessToken !== stale.accessToken) return stored;
        const next = await refresh();
        // Before the lock opens: whoever is next must find this pair.
        await credentials.update(baseUrl, (profile) => ({ ...profile, tokens: pairOf(next) }));
        return next;
      }),
  });
  return client;
}

function pairOf({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }) {
  return { accessToken, refreshToken };
}

function onInterrupt(): AbortController {
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  });
  return controller;
}

/** One spelling per server, as it is the key of its profile. @throws CliError for what is no http address. */
function normalUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  throw new CliError('USAGE', EXIT.usage, `"${text}" is not an http or https address.`, `Such as ${DEFAULT_URL}.`);
}
