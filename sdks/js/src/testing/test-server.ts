import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A request as a handler sees it. */
export interface TestRequest {
  /** Such as `GET /tasks`, without `/api/v1`. */
  route: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: bodies are what the test makes them
  body: any;
}

/** What a handler answers: JSON, or the connection cut, or silence. */
export type TestAnswer = { status?: number; body?: unknown; headers?: Record<string, string>; text?: string } | 'cut' | 'silence';
export type TestHandler = (request: TestRequest) => TestAnswer | Promise<TestAnswer>;

/** A real HTTP and WebSocket server whose answers a test writes. */
export interface TestServer {
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly requests: TestRequest[];
  /** Answers `METHOD /path`; a `*` stands for one path segment. Unknown routes get 404 NOT_FOUND. */
  on(route: string, handler: TestHandler): void;
  /** Called with each socket on `/ws` and its number, from 0. */
  onSocket(handler: (socket: WebSocket, index: number) => void): void;
  /** Requests to a route. */
  seen(route: string): TestRequest[];
  close(): Promise<void>;
}

/** A refusal in the API's error shape. */
export function refuse(status: number, code: string, details?: unknown, headers: Record<string, string> = {}): TestAnswer {
  return { status, headers, body: { error: { code, message: `refused: ${code}`, details, requestId: 'test-request' } } };
}

/** Starts a server on a free port of the loopback address. */
export async function startTestServer(): Promise<TestServer> {
  const handlers = new Map<string, TestHandler>();
  const requests: TestRequest[] = [];
  let onSocket: ((socket: WebSocket, index: number) => void) | undefined;
  let sockets = 0;

  const handlerOf = (route: string) =>
    handlers.get(route) ?? [...handlers].find(([pattern]) => matches(pattern, route))?.[1] ?? (() => refuse(404, 'NOT_FOUND'));
  const server = createServer((incoming, response) => void serve(incoming, response));
  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await read(incoming);
    requests.push(request);
    const answer = await handlerOf(request.route)(request);
    if (answer === 'silence') return;
    if (answer === 'cut') return void response.destroy();
    const { status = 200, body, headers = {}, text } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text ?? JSON.stringify(body ?? {}));
  }
  const webSockets = new WebSocketServer({ server, path: '/ws' });
  webSockets.on('connection', (socket) => {
    socket.on('error', () => socket.terminate());
    onSocket?.(socket, sockets++);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    on: (route, handler) => void handlers.set(route, handler),
    onSocket(handler) {
      onSocket = handler;
    },
    seen: (route) => requests.filter((request) => matches(route, request.route)),
    async close() {
      for (const socket of webSockets.clients) socket.terminate();
      webSockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function matches(pattern: string, route: string): boolean {
  const wanted = pattern.split('/');
  const given = route.split('/');
  return wanted.length === given.length && wanted.every((part, i) => part === '*' || part === given[i]);
}

async function read(incoming: IncomingMessage): Promise<TestRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const path = url.pathname.replace(/^\/api\/v1/, '');
  return {
    route: `${incoming.method} ${path}`,
    query: url.searchParams,
    headers: incoming.headers,
    body: text ? JSON.parse(text) : undefined,
  };
}
