import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Arguments of a view, as a test sees them. */
// biome-ignore lint/suspicious/noExplicitAny: arguments are what the contract takes
export type ViewArgs = any;
type View = (args: ViewArgs) => unknown;

/** What a NEAR node answers instead of a result. */
export class Answer {
  readonly kind: 'error' | 'failed' | 'bytes' | 'http' | 'silence' | 'cut';
  readonly value: unknown;

  private constructor(kind: Answer['kind'], value?: unknown) {
    this.kind = kind;
    this.value = value;
  }
  /** An error of the node, as `HANDLER_ERROR` with this cause. */
  static error = (cause: string, data?: unknown): Answer => new Answer('error', { cause, data });
  /** A contract that panicked, as older nodes tell it. */
  static failed = (message: string): Answer => new Answer('failed', message);
  /** A result that is not JSON. */
  static bytes = (text: string): Answer => new Answer('bytes', text);
  /** Not JSON-RPC at all. */
  static http = (status: number, text: string): Answer => new Answer('http', { status, text });
  static silence = new Answer('silence');
  static cut = new Answer('cut');
}

/** A NEAR node whose answers a test writes. */
export interface FakeRpc {
  readonly url: string;
  /** `contract.method` of every view asked for, oldest first; for other requests the method, such as `block` or `send_tx`. */
  readonly seen: string[];
  /** Blocks that views were read at; `final` for the last one. */
  readonly blocks: string[];
  /** Time of the last final block, in ms. */
  blockMs: number;
  /** Answers a view, or another request, with a JSON value, or with an {@link Answer}. */
  on(view: string, answer: View): void;
  /** Answers the next requests of a view so, then as before. */
  once(view: string, ...answers: Answer[]): void;
  close(): Promise<void>;
}

const HASH = '11111111111111111111111111111111';

/** Starts one on a free port of the loopback address. */
export async function startFakeRpc(): Promise<FakeRpc> {
  const views = new Map<string, View>();
  const pending = new Map<string, Answer[]>();
  const [seen, blocks]: [string[], string[]] = [[], []];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, params } = JSON.parse(Buffer.concat(chunks).toString());
    const isCall = params.request_type === 'call_function';
    const name = isCall ? `${params.account_id}.${params.method_name}` : (params.request_type ?? method);
    seen.push(name);
    if (isCall) blocks.push(params.block_id ?? params.finality);
    const args = isCall ? JSON.parse(Buffer.from(params.args_base64, 'base64').toString()) : params;
    const view = views.get(name);
    respond(response, pending.get(name)?.shift() ?? (view ? view(args) : Answer.error('UNKNOWN_ACCOUNT')), !isCall);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeRpc = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?apiKey=secret`,
    seen,
    blocks,
    blockMs: Date.now(),
    on: (name, answer) => void views.set(name, answer),
    once: (name, ...answers) => void pending.set(name, answers),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  fake.on('block', () => ({ header: { hash: HASH, height: 7, timestamp_nanosec: `${fake.blockMs}000000` } }));
  return fake;
}

function errorOf({ cause, data }: { cause: string; data: unknown }): object {
  return { name: 'HANDLER_ERROR', cause: { name: cause, info: {} }, code: -32_000, data };
}

function respond(response: ServerResponse, answer: unknown, raw: boolean): void {
  const send = (body: object, status = 200) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id: 'deai', ...body }));
  const bytesOf = (text: string) => ({ result: { result: [...Buffer.from(text)], logs: [], block_height: 1, block_hash: HASH } });
  if (!(answer instanceof Answer)) return void send(raw ? { result: answer } : bytesOf(JSON.stringify(answer)));
  const { kind, value } = answer;
  if (kind === 'error') return void send({ error: errorOf(value as { cause: string; data: unknown }) });
  if (kind === 'failed') return void send({ result: { error: value, logs: [], block_height: 1, block_hash: HASH } });
  if (kind === 'bytes') return void send(bytesOf(value as string));
  if (kind === 'cut') return void response.destroy();
  if (kind === 'silence') return;
  const { status, text } = value as { status: number; text: string };
  response.writeHead(status).end(text);
}
