import { DeaiError } from '@deai/protocol';
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import type { BusErrorListener } from './bus.ts';

/** How a service proves to NATS who it is. `creds` is the text of a `.creds` file, not its path. */
export type NatsCredentials = { user: string; password: string } | { token: string } | { nkeySeed: string } | { creds: string };

/** A connection that comes back by itself for ever. */
export interface NatsLink {
  readonly connection: NatsConnection;
  /** False while the connection is lost. */
  readonly connected: boolean;
}

export interface NatsLinkOptions {
  /** One address or several, separated by commas: `nats://host:4222`, `tls://…`. */
  url: string;
  /** Shown by the server among its connections. */
  name: string;
  credentials?: NatsCredentials;
}

const encoder = new TextEncoder();

/** @throws DeaiError UNAVAILABLE when no server answers or takes the credentials. */
export async function openNatsLink({ url, name, credentials }: NatsLinkOptions, report: BusErrorListener): Promise<NatsLink> {
  const connection = await connect({
    servers: url.split(',').map((server) => server.trim()),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    // What this end publishes it has told its own listeners itself.
    noEcho: true,
    // Credentials that are being rotated on the server are refused for a while: that is no reason to give up.
    ignoreAuthErrorAbort: true,
    // A stack trace for each request costs more than the request.
    noAsyncTraces: true,
    ...(credentials ? { authenticator: authenticatorOf(credentials) } : {}),
  }).catch((cause: unknown) => {
    throw new DeaiError('UNAVAILABLE', { hint: 'NATS does not answer at this address, or refused the credentials.' }, { cause });
  });
  let connected = true;
  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === 'error') report(status.error, {});
      if (status.type === 'reconnect') connected = true;
      if (status.type === 'disconnect') {
        connected = false;
        report(new DeaiError('UNAVAILABLE', { server: status.server, hint: 'The connection to NATS is lost; reconnecting.' }), {});
      }
    }
  };
  watch().catch((error: unknown) => report(error, {}));
  return {
    connection,
    get connected() {
      return connected && !connection.isClosed();
    },
  };
}

function authenticatorOf(credentials: NatsCredentials): Authenticator {
  if ('user' in credentials) return usernamePasswordAuthenticator(credentials.user, credentials.password);
  if ('token' in credentials) return tokenAuthenticator(credentials.token);
  if ('nkeySeed' in credentials) return nkeyAuthenticator(encoder.encode(credentials.nkeySeed));
  return credsAuthenticator(encoder.encode(credentials.creds));
}
