import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerRpc } from './dispatch.ts';
import { statusView } from './methods/node.ts';
import type { RpcContext } from './rpc.types.ts';
import { parseError } from './rpc-error.ts';

/** Where the server listens. */
export interface HttpServerOptions {
  /** Address to bind. Default 127.0.0.1: whoever reaches it can send transactions and change the clock. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** Larger bodies are refused with 413. Default 10 MiB, as in nearcore. */
  readonly bodyLimitBytes?: number;
}

/** A running JSON-RPC server. */
export interface RpcServer {
  /** E.g. `http://127.0.0.1:3030`. */
  readonly url: string;
  /** Stops listening, lets answers under way go out, then closes what is left. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 10 * 1024 * 1024;
const CLOSE_GRACE_MS = 1_000;
const HEADERS = {
  'content-type': 'application/json',
  // Wallets and dApps call nodes from the browser.
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'content-type, authorization',
};

/** Serves `POST /` (JSON-RPC), `GET /status` and `GET /health`. @throws Error if the port is taken */
export async function serveRpc(context: RpcContext, options: HttpServerOptions): Promise<RpcServer> {
  const { host = '127.0.0.1', port, bodyLimitBytes = BODY_LIMIT_BYTES } = options;
  const server = createServer((request, response) => {
    route(context, request, response, bodyLimitBytes).catch(() => response.destroy());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function route(context: RpcContext, request: IncomingMessage, response: ServerResponse, limit: number): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  if (request.method === 'OPTIONS') return send(response, 204);
  if (request.method === 'GET' && path === '/status') return send(response, 200, statusView(context));
  if (request.method === 'GET' && path === '/health') return send(response, 200);
  if (path !== '/') return send(response, 404, { error: 'POST JSON-RPC to /, or GET /status or /health' });
  if (request.method !== 'POST') return send(response, 405, { error: 'JSON-RPC requests are sent by POST' });
  const text = await readBody(request, limit);
  if (text === undefined) {
    response.setHeader('connection', 'close');
    return send(response, 413, { jsonrpc: '2.0', error: parseError(`The body is larger than ${limit} bytes`).body, id: null });
  }
  const { httpStatus, body } = await answerRpc(context, text);
  send(response, httpStatus, body);
}

/** `undefined` if it is larger than allowed; the rest is not read, so that the answer can still go out. */
function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const tooLarge = (): void => {
    request.pause();
    resolve(undefined);
  };
  if (Number(request.headers['content-length'] ?? 0) > limit) tooLarge();
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) tooLarge();
    else chunks.push(chunk);
  });
  request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
  request.once('error', reject);
  return promise;
}

function send(response: ServerResponse, status: number, body?: object): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { ...HEADERS, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
