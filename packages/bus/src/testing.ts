import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What to write beside a suite that is skipped because {@link findNatsServer} found nothing. */
export const NATS_SERVER_MISSING = 'skipped: nats-server is not installed (Debian package nats-server)';

const START_MS = 10_000;

export interface NatsServerOptions {
  /** Default: one that the system finds free. */
  port?: number;
  /** Default: the server's own, 1 MiB. */
  maxPayloadBytes?: number;
  /** Without these everybody may connect. */
  login?: { user: string; password: string };
}

/** A NATS server of one test file, on the loopback address. */
export interface NatsServer {
  /** `nats://127.0.0.1:<port>`, without credentials. */
  readonly url: string;
  readonly port: number;
  /** Kills it and removes its files; resolves when it has ended. */
  stop(): Promise<void>;
}

/** The path of the nats-server program, or `undefined` when it is not installed. */
export function findNatsServer(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin'].filter(Boolean);
  return folders.map((folder) => join(folder, 'nats-server')).find((path) => existsSync(path));
}

/** Starts a server that ends with this process at the latest. @throws when it is not installed or does not come up in 10 s. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const program = findNatsServer();
  if (!program) throw new Error(NATS_SERVER_MISSING);
  const folder = await mkdtemp(join(tmpdir(), 'deai-nats-'));
  const configFile = join(folder, 'nats.conf');
  await writeFile(configFile, configOf(folder, options));
  const child = spawn(program, ['-c', configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', kill);
    kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await once(child, 'spawn');
    const url = new URL(await readAddress(child, folder));
    return { url: url.href, port: Number(url.port), stop };
  } catch (cause) {
    await stop();
    throw new Error(`nats-server did not come up; its log:\n${log}`, { cause });
  }
}

function configOf(folder: string, { port = -1, maxPayloadBytes, login }: NatsServerOptions): string {
  const lines = ['host: "127.0.0.1"', `port: ${port}`, `ports_file_dir: ${JSON.stringify(folder)}`];
  if (maxPayloadBytes !== undefined) lines.push(`max_payload: ${maxPayloadBytes}`);
  if (login) lines.push(`authorization { user: ${JSON.stringify(login.user)}, password: ${JSON.stringify(login.password)} }`);
  return `${lines.join('\n')}\n`;
}

/** The server writes its address to a file named after its process when it listens. */
async function readAddress(child: ChildProcess, folder: string): Promise<string> {
  const path = join(folder, `nats-server_${child.pid}.ports`);
  for (const deadline = performance.now() + START_MS; performance.now() < deadline; await delay(10)) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    try {
      const [address] = (JSON.parse(await readFile(path, 'utf8')) as { nats: string[] }).nats;
      if (address) return address;
    } catch {
      // Not there, or not written whole, yet.
    }
  }
  throw new Error(`it did not listen within ${START_MS} ms`);
}
