import { availableParallelism } from 'node:os';
import { countTokens, type TaskInput } from '@deai/protocol';
import type { ExecutorSpec, GgufModel } from './executor.spec.ts';
import { type Executor, type ExecutorTask, inputRejected, type RunContext } from './executor.types.ts';
import { measureRate } from './measure.ts';
import { chatOutput } from './upstream.executor.ts';

type GgufSpec = Extract<ExecutorSpec, { type: 'gguf' }>;
type ChatInput = TaskInput<'chat'>;

/** What this file uses of node-llama-cpp, which is not a dependency: it brings its own binaries. */
interface LlamaModule {
  getLlama(options: { gpu: 'auto'; build: 'never'; skipDownload: boolean; progressLogs: boolean; maxThreads: number }): Promise<{
    loadModel(options: { modelPath: string }): Promise<LlamaModel>;
    dispose(): Promise<void>;
  }>;
  LlamaChatSession: new (options: { contextSequence: Disposable }) => LlamaSession;
}
interface LlamaModel {
  tokenize(text: string): unknown[];
  createContext(options: { contextSize: number }): Promise<{ getSequence(): Disposable; dispose(): Promise<void> }>;
}
interface Disposable {
  dispose(): void;
}
type HistoryItem = { type: 'system' | 'user'; text: string } | { type: 'model'; response: string[] };
interface LlamaSession extends Disposable {
  setChatHistory(history: HistoryItem[]): void;
  promptWithMeta(text: string, options: Record<string, unknown>): Promise<{ responseText: string; stopReason: string }>;
}

const HINT = 'Chat by GGUF needs the package node-llama-cpp: run "npm install node-llama-cpp@3.22.1" and start the node again.';

/** Chat by GGUF files on this machine, through node-llama-cpp when the operator has installed it. */
export function createGgufExecutor(spec: GgufSpec): Executor {
  const models = new Map<string, { model: LlamaModel; file: GgufModel }>();
  let library: LlamaModule | undefined;
  let dispose = async () => {};

  async function run(task: ExecutorTask, context: RunContext) {
    const found = models.get(task.model);
    if (!found || !library) throw new Error(`the model ${task.model} is not loaded`);
    return complete(library, found.model, found.file, task, context);
  }

  return {
    kind: 'chat',
    models: spec.models.map((model) => model.name),
    async load() {
      library = await importLlama();
      // Threads that wait spin: with more of them than free cores a token takes seconds.
      const maxThreads = Math.max(1, availableParallelism() - 1);
      const llama = await library.getLlama({ gpu: 'auto', build: 'never', skipDownload: true, progressLogs: false, maxThreads });
      dispose = () => llama.dispose();
      for (const file of spec.models) models.set(file.name, { model: await llama.loadModel({ modelPath: file.path }), file });
    },
    run,
    benchmark: () =>
      measureRate(async () => {
        const input = { messages: [{ role: 'user', content: 'Count to five.' }], maxTokens: 16 };
        const task = { leaseId: 'benchmark', model: spec.models[0]?.name ?? '', input, timeoutMs: 20_000 };
        return (await run(task, { signal: AbortSignal.timeout(task.timeoutMs), onProgress: () => {} })).units;
      }),
    unload: () => dispose(),
  };
}

async function importLlama(): Promise<LlamaModule> {
  // A variable, so that type checkers and bundlers do not look for the package.
  const name = 'node-llama-cpp';
  try {
    return (await import(name)) as LlamaModule;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') throw new Error(HINT, { cause: error });
    throw error;
  }
}

async function complete(library: LlamaModule, model: LlamaModel, file: GgufModel, task: ExecutorTask, context: RunContext) {
  const input = task.input as ChatInput;
  const last = input.messages.at(-1);
  if (last?.role !== 'user') throw inputRejected('The last message must be from the user.');
  const promptTokens = input.messages.reduce((sum, message) => sum + model.tokenize(message.content).length, 0);
  if (promptTokens >= file.contextSize) throw inputRejected(`The messages are longer than the model's ${file.contextSize} tokens.`);

  const llamaContext = await model.createContext({ contextSize: file.contextSize });
  try {
    const session = new library.LlamaChatSession({ contextSequence: llamaContext.getSequence() });
    session.setChatHistory(input.messages.slice(0, -1).map(historyItem));
    const { responseText, stopReason } = await session.promptWithMeta(last.content, promptOptions(input, context));
    const usage = { prompt_tokens: promptTokens, completion_tokens: model.tokenize(responseText).length };
    return chatOutput(input, task.timeoutMs, responseText, stopReason === 'maxTokens' ? 'length' : 'stop', usage);
  } finally {
    await llamaContext.dispose();
  }
}

function promptOptions(input: ChatInput, { signal, onProgress }: RunContext): Record<string, unknown> {
  const maxTokens = input.maxTokens ?? 512;
  let written = '';
  return {
    signal,
    maxTokens,
    temperature: input.temperature ?? 0,
    ...(input.topP === undefined ? {} : { topP: input.topP }),
    ...(input.seed === undefined ? {} : { seed: input.seed }),
    ...(input.stop === undefined ? {} : { customStopTriggers: input.stop }),
    onTextChunk: (text: string) => {
      written += text;
      onProgress(Math.min(0.99, countTokens(written) / maxTokens));
    },
  };
}

function historyItem(message: ChatInput['messages'][number]): HistoryItem {
  if (message.role === 'assistant') return { type: 'model', response: [message.content] };
  return { type: message.role, text: message.content };
}
