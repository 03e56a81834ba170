import type { TaskKind } from '@deai/protocol';
import type { Logger } from 'pino';
import type { GgufModel } from './executors/executor.spec.ts';

/** An OpenAI-compatible server whose models the node offers. */
export interface UpstreamOptions {
  /** Base URL with the version, such as `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  apiKey: string;
  chatModels: string[];
  embeddingModels: string[];
}

/** How to run a node agent. */
export interface AgentOptions {
  /** HTTP base of the network, such as `http://127.0.0.1:8080`. */
  serverUrl: string;
  /** The operator's API key: used to register the node, never given to executors. */
  apiKey: string;
  name: string;
  region: string;
  /** Key, spool, benchmarks and control file live here. One running agent per folder. */
  dataDir: string;
  /** Leases held at once, running and queued. Default: two for each task that can run at once. */
  credits?: number;
  /** Tasks run at once, by kind. Defaults: the cores less one for `wasm`, 4 for `chat`, 1 for the rest. */
  concurrency?: Partial<Record<TaskKind, number>>;
  /** Kinds to offer; all that can run here by default. */
  kinds?: TaskKind[];
  /** Memory offered to tasks. Default: half of the machine's. */
  memoryMiB?: number;
  upstream?: UpstreamOptions;
  gguf?: GgufModel[];
  /** Serves Prometheus metrics at `/metrics` on this port (0 picks one) of `metricsHost`. */
  metricsPort?: number;
  /** Default `127.0.0.1`. */
  metricsHost?: string;
  logger: Logger;
  /** Node executable (24 or later) for the executors' processes. Default: the one that runs this agent. */
  nodeRunner?: string;
  /** An executor's process that had nothing to do for this long is ended. Default 60 000. */
  idleMs?: number;
  /** A drain that takes longer gives up waiting. Default 30 000. */
  drainMs?: number;
  /** Executors that did not work at the start are tried again after this time. Default 60 000. */
  laneRetryMs?: number;
  /** Bytes of undelivered results above which no work is taken. Default 256 MiB. */
  spoolBytes?: number;
}
