import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { DeaiError, isTaskKind, type TaskKind } from '@deai/protocol';
import type { GgufModel } from './executors/executor.spec.ts';
import type { AgentOptions } from './options.ts';

/** Options that come from the environment. */
export type AgentConfig = Omit<AgentOptions, 'logger'> & { logLevel: string };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the agent's options from `DEAI_*` variables. `DEAI_SERVER_URL` and `DEAI_API_KEY` are required.
 * @throws DeaiError `CONFIG_INVALID` naming the variable that is missing or wrong.
 */
export function readConfig(env: Environment = process.env): AgentConfig {
  const config: AgentConfig = {
    serverUrl: httpUrl(env, 'DEAI_SERVER_URL'),
    apiKey: required(env, 'DEAI_API_KEY'),
    name: env.DEAI_NODE_NAME ?? hostname().slice(0, 100),
    region: env.DEAI_NODE_REGION ?? 'local',
    dataDir: resolve(env.DEAI_NODE_DATA_DIR ?? join(homedir(), '.deai', 'node')),
    logLevel: env.DEAI_LOG_LEVEL ?? 'info',
  };
  const credits = positive(env, 'DEAI_NODE_CREDITS', 4_096);
  if (credits !== undefined) config.credits = credits;
  const memoryMiB = positive(env, 'DEAI_NODE_MEMORY_MIB', 1e9);
  if (memoryMiB !== undefined) config.memoryMiB = memoryMiB;
  const metricsPort = positive(env, 'DEAI_NODE_METRICS_PORT', 65_535);
  if (metricsPort !== undefined) config.metricsPort = metricsPort;
  if (env.DEAI_NODE_METRICS_HOST) config.metricsHost = env.DEAI_NODE_METRICS_HOST;
  if (env.DEAI_NODE_KINDS) config.kinds = kinds(env.DEAI_NODE_KINDS);
  if (env.DEAI_NODE_CONCURRENCY) config.concurrency = concurrency(env.DEAI_NODE_CONCURRENCY);
  if (env.DEAI_UPSTREAM_URL) {
    config.upstream = {
      baseUrl: httpUrl(env, 'DEAI_UPSTREAM_URL'),
      apiKey: env.DEAI_UPSTREAM_API_KEY ?? 'none',
      chatModels: list(env.DEAI_UPSTREAM_CHAT_MODELS),
      embeddingModels: list(env.DEAI_UPSTREAM_EMBEDDING_MODELS),
    };
  }
  if (env.DEAI_GGUF) config.gguf = list(env.DEAI_GGUF).map(ggufModel);
  return config;
}

function invalid(variable: string, hint: string): DeaiError {
  return new DeaiError('CONFIG_INVALID', { variable, hint });
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw invalid(name, 'Set it.');
  return value;
}

function httpUrl(env: Environment, name: string): string {
  const value = required(env, name);
  if (!/^https?:$/.test(URL.parse(value)?.protocol ?? '')) throw invalid(name, 'It must be an http or https address.');
  return value;
}

function positive(env: Environment, name: string, maximum: number): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > maximum) throw invalid(name, `It must be a whole number from 1 to ${maximum}.`);
  return value;
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((item) => item.trim() || []);
}

function kinds(text: string): TaskKind[] {
  return list(text).map((name) => {
    if (!isTaskKind(name)) throw invalid('DEAI_NODE_KINDS', `There is no kind "${name}".`);
    return name;
  });
}

/** `ocr=2,wasm=1`. */
function concurrency(text: string): Partial<Record<TaskKind, number>> {
  const pairs = list(text).map((item) => {
    const [kind = '', count] = item.split('=');
    if (!isTaskKind(kind) || !/^[1-9]\d{0,2}$/.test(count ?? '')) throw invalid('DEAI_NODE_CONCURRENCY', `"${item}" is not kind=count.`);
    return [kind, Number(count)];
  });
  return Object.fromEntries(pairs);
}

/** `name=/path/to/file.gguf` or `name=/path/to/file.gguf:8192` with the context size in tokens. */
function ggufModel(item: string): GgufModel {
  const match = /^([^=]+)=(.+?)(?::(\d+))?$/.exec(item);
  if (!match) throw invalid('DEAI_GGUF', `"${item}" is not name=path or name=path:contextSize.`);
  return { name: match[1] as string, path: match[2] as string, contextSize: Number(match[3] ?? 4_096) };
}
