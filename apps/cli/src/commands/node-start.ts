import { resolve } from 'node:path';
import { DeaiApiError, DeaiClient } from '@deai/sdk';
import type { Command } from 'commander';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { examples } from '../help.ts';
import { wholeNumber } from '../input/arguments.ts';

interface StartFlags {
  name?: string;
  region?: string;
  dataDir?: string;
  kinds?: string;
  credits?: number;
  memory?: number;
  concurrency?: string;
  metricsPort?: number;
  upstream?: string;
  chatModels?: string;
  embeddingModels?: string;
  gguf?: string[];
  logLevel?: string;
}

/** `node start`. */
export function addNodeStart(parent: Command, cli: Cli): void {
  const command = parent
    .command('start')
    .description('run a node until it is interrupted; the first Ctrl-C lets it finish, the second ends it at once')
    .option('--name <name>', 'name of the node; this machine’s when left out')
    .option('--region <name>', 'where it stands')
    .option('--data-dir <folder>', 'folder of its key and its undelivered results (DEAI_NODE_DATA_DIR; else ~/.deai/node)')
    .option('--kinds <list>', 'kinds to offer, with commas; all that can run here when left out')
    .option('--credits <n>', 'tasks held at once, running and queued', wholeNumber(1, 4_096))
    .option('--memory <mib>', 'memory offered to tasks', wholeNumber(1, 1_048_576))
    .option('--concurrency <list>', 'tasks run at once by kind, such as ocr=2,wasm=1')
    .option('--metrics-port <port>', 'serve Prometheus metrics here', wholeNumber(1, 65_535))
    .option('--upstream <address>', 'offer models of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1')
    .option('--chat-models <list>', 'chat models of the upstream, with commas')
    .option('--embedding-models <list>', 'embedding models of the upstream, with commas')
    .option('--gguf <name=path...>', 'offer GGUF models from files')
    .option('--log-level <level>', 'fatal, error, warn, info, debug or trace')
    .action((flags: StartFlags) => start(cli, flags));
  examples(command, [
    ['deai node start'],
    ['deai node start --kinds ocr,embeddings --concurrency ocr=2'],
    ['deai node start --upstream http://127.0.0.1:11434/v1 --chat-models llama3.2'],
    ['DEAI_API_KEY=deai_… deai --url https://deai.example node start --name rack-7'],
  ]);
}

async function start(cli: Cli, flags: StartFlags): Promise<void> {
  const { output } = cli;
  const serverUrl = await cli.url();
  const apiKey = await keyForNodes(cli, serverUrl);
  // Loaded only here: the executors' libraries would slow every other command.
  const [{ drainOnSignals, readConfig, runAgent }, { pino }, { default: pretty }] = await Promise.all([
    import('@deai/node-agent'),
    import('pino'),
    import('pino-pretty'),
  ]);
  const { logLevel, ...options } = readConfig({
    ...cli.config.env,
    ...environmentOf(cli, flags),
    DEAI_SERVER_URL: serverUrl,
    DEAI_API_KEY: apiKey,
  });
  const destination = output.interactive
    ? pretty({
        destination: 2,
        sync: true,
        colorize: output.errorColors.isColorSupported,
        singleLine: true,
        ignore: 'pid,hostname',
        translateTime: 'SYS:HH:MM:ss',
      })
    : pino.destination({ fd: 2, sync: true });
  const logger = pino({ level: logLevel, base: null }, destination);
  output.note(`${output.errorColors.dim('starting, and measuring what this machine can do…')}`);
  const agent = await runAgent({ ...options, logger });
  const ended = new Promise<number>((resolve) => drainOnSignals(agent, resolve));
  await Promise.race([agent.ready, agent.closed, ended]);
  const status = agent.status();
  if (status.state === 'online') {
    const kinds = status.capabilities.map(({ kind }) => kind).join(', ');
    output.result(
      status,
      (c) =>
        `${c.green('✔')} ${c.bold(status.name)} is online and offers ${kinds}\n  ${c.dim(`node ${status.nodeId} on ${status.serverUrl}`)}`,
    );
    output.note(output.errorColors.dim('Ctrl-C lets it finish and ends it.'));
  }
  process.exitCode = await Promise.race([ended, agent.closed.then(() => EXIT.ok)]);
}

/** The agent reads its own variables; flags go before them. */
function environmentOf({ config }: Cli, flags: StartFlags): Record<string, string> {
  const given: Record<string, string | number | undefined> = {
    DEAI_NODE_NAME: flags.name,
    DEAI_NODE_REGION: flags.region,
    DEAI_NODE_DATA_DIR: flags.dataDir === undefined ? config.nodeDataDir : resolve(flags.dataDir),
    DEAI_NODE_KINDS: flags.kinds,
    DEAI_NODE_CREDITS: flags.credits,
    DEAI_NODE_MEMORY_MIB: flags.memory,
    DEAI_NODE_CONCURRENCY: flags.concurrency,
    DEAI_NODE_METRICS_PORT: flags.metricsPort,
    DEAI_UPSTREAM_URL: flags.upstream,
    DEAI_UPSTREAM_CHAT_MODELS: flags.chatModels,
    DEAI_UPSTREAM_EMBEDDING_MODELS: flags.embeddingModels,
    DEAI_GGUF: flags.gguf?.join(','),
    DEAI_LOG_LEVEL: flags.logLevel,
  };
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

/** Agents run for longer than a session, so a session makes an API key for them, once. */
async function keyForNodes(cli: Cli, url: string): Promise<string> {
  const client = await cli.client();
  const profile = await cli.credentials.get(url);
  const given = cli.config.apiKey ?? profile?.apiKey;
  if (given !== undefined) return given;
  if (profile?.nodeApiKey !== undefined && (await isAccepted(cli, url, profile.nodeApiKey))) return profile.nodeApiKey;
  const { key } = await client.user.apiKeys.create(
    { name: `node on ${cli.config.hostname}`.slice(0, 100), scopes: ['nodes:read', 'nodes:write'] },
    { signal: cli.signal },
  );
  await cli.credentials.update(url, (before) => ({ ...before, nodeApiKey: key }));
  return key;
}

/** False when the key was revoked or has expired. */
async function isAccepted(cli: Cli, baseUrl: string, apiKey: string): Promise<boolean> {
  try {
    await new DeaiClient({ baseUrl, apiKey }).nodes.stats({ signal: cli.signal });
    return true;
  } catch (error) {
    if (error instanceof DeaiApiError && error.status === 401) return false;
    throw error;
  }
}
