import { availableParallelism } from 'node:os';
import { kindSpec, type TaskKind } from '@deai/protocol';
import type { AgentOptions } from '../options.ts';
import type { Lane } from './executor.spec.ts';

const MIB = 1024 * 1024;
/** Largest output a result frame should carry, with room for the frame around it. */
const MAX_OUTPUT = 12 * MIB;

type LaneChoice = Pick<AgentOptions, 'kinds' | 'concurrency' | 'upstream' | 'gguf'> & { memoryMiB: number };

/** The executors that the options ask for. Nothing is loaded yet, so some may turn out not to work here. */
export function chooseLanes(options: LaneChoice): Lane[] {
  const cores = availableParallelism();
  const processes = (kind: TaskKind, fallback: number) => Math.max(1, options.concurrency?.[kind] ?? fallback);
  const wasmMiB = Math.min(1_024, Math.max(kindSpec('wasm').memoryMiB, options.memoryMiB));
  const lanes: Lane[] = [
    {
      ...sandboxed('embeddings', 'use-lite', 512, 1_536),
      spec: { type: 'use-lite' },
      processes: processes('embeddings', 1),
      maxBatch: 32,
    },
    { ...sandboxed('ocr', 'tesseract-eng', 256, 1_536), spec: { type: 'tesseract' }, processes: processes('ocr', 1) },
    { ...sandboxed('language-id', 'lid-176', 256, 512), spec: { type: 'fasttext' }, processes: processes('language-id', 1), maxBatch: 32 },
    {
      ...sandboxed('wasm', 'wasi-p1', 256, wasmMiB + 512),
      spec: { type: 'wasm', memoryMiB: wasmMiB },
      processes: processes('wasm', Math.max(1, cores - 1)),
    },
    ...upstreamLanes(options, processes),
    ...ggufLanes(options, processes),
  ];
  return lanes.filter((lane) => options.kinds === undefined || options.kinds.includes(lane.kind));
}

/** Leases held at once: what runs, and as much again, so that the next tasks are here before the running ones end. */
export function creditsOf(lane: Lane): number {
  return Math.min(4_096, 2 * lane.processes * Math.max(lane.tasksPerProcess, lane.maxBatch));
}

function sandboxed(kind: TaskKind, model: string, heapMiB: number, rssMiB: number): Omit<Lane, 'spec' | 'processes'> {
  return {
    id: `${kind}:${model}`,
    kind,
    models: [model],
    tasksPerProcess: 1,
    maxBatch: 1,
    heapMiB,
    rssMiB,
    maxOutputChars: MAX_OUTPUT,
    reach: 'sandboxed',
  };
}

function upstreamLanes({ upstream }: LaneChoice, concurrent: (kind: TaskKind, fallback: number) => number): Lane[] {
  if (!upstream) return [];
  const { baseUrl, apiKey } = upstream;
  const offers = [
    { kind: 'chat', models: upstream.chatModels },
    { kind: 'embeddings', models: upstream.embeddingModels },
  ] as const;
  return offers
    .filter(({ models }) => models.length > 0)
    .map(({ kind, models }) => ({
      ...sandboxed(kind, 'upstream', 256, 768),
      models,
      spec: { type: 'upstream', kind, baseUrl, apiKey, models: [...models] },
      processes: 1,
      tasksPerProcess: concurrent(kind, 4),
      reach: 'network',
    }));
}

function ggufLanes({ gguf }: LaneChoice, concurrent: (kind: TaskKind, fallback: number) => number): Lane[] {
  if (!gguf?.length) return [];
  return [
    {
      ...sandboxed('chat', 'gguf', 1_024, Number.MAX_SAFE_INTEGER),
      models: gguf.map((model) => model.name),
      spec: { type: 'gguf', models: gguf },
      processes: 1,
      tasksPerProcess: concurrent('chat', 1),
      reach: 'native',
    },
  ];
}
