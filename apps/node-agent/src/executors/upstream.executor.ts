import { countTokens, kindSpec, type TaskInput } from '@deai/protocol';
import OpenAI, { APIConnectionError, APIError } from 'openai';
import { embeddingOutput } from './embedding-output.ts';
import type { ExecutorSpec } from './executor.spec.ts';
import { type Executor, type ExecutorTask, inputRejected, type RunContext, TaskFailed } from './executor.types.ts';
import { measureRate } from './measure.ts';

type UpstreamSpec = Extract<ExecutorSpec, { type: 'upstream' }>;
type ChatInput = TaskInput<'chat'>;

/** Chat or embeddings by a server that speaks OpenAI's HTTP API: Ollama, vLLM, llama-server, or a hosted one. */
export function createUpstreamExecutor(spec: UpstreamSpec): Executor {
  const client = new OpenAI({ baseURL: spec.baseUrl, apiKey: spec.apiKey, maxRetries: 1, logLevel: 'off' });
  const work = spec.kind === 'chat' ? chat : embed;

  async function run(task: ExecutorTask, context: RunContext) {
    try {
      return await work(client, task, context);
    } catch (error) {
      throw explain(error, context.signal);
    }
  }

  return {
    kind: spec.kind,
    models: spec.models,
    load: async () => {},
    run,
    benchmark: () =>
      measureRate(async () => {
        const input =
          spec.kind === 'chat' ? { messages: [{ role: 'user', content: 'Count to five.' }], maxTokens: 16 } : { texts: ['Hello.'] };
        const task = { leaseId: 'benchmark', model: spec.models[0] as string, input, timeoutMs: 20_000 };
        return (await run(task, { signal: AbortSignal.timeout(task.timeoutMs), onProgress: () => {} })).units;
      }),
    unload: async () => {},
  };
}

async function chat(client: OpenAI, task: ExecutorTask, { signal, onProgress }: RunContext) {
  const input = task.input as ChatInput;
  const stream = await client.chat.completions.create(chatRequest(task.model, input), { signal, timeout: task.timeoutMs });
  const maxTokens = input.maxTokens ?? 512;
  let content = '';
  let finish: string | null = null;
  let usage: { prompt_tokens: number; completion_tokens: number } | null | undefined;
  for await (const chunk of stream) {
    content += chunk.choices[0]?.delta?.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
    onProgress(Math.min(0.99, countTokens(content) / maxTokens));
  }
  // A stream that stops without a reason was cut: its text must not pass for a whole answer.
  if (finish === null) throw new TaskFailed('UPSTREAM_FAILED', 'The upstream ended its answer early.', 'node');
  return chatOutput(input, task.timeoutMs, content, finish, usage);
}

function chatRequest(model: string, input: ChatInput) {
  return {
    model,
    messages: input.messages,
    max_tokens: input.maxTokens ?? 512,
    stream: true as const,
    stream_options: { include_usage: true },
    ...(input.temperature === undefined ? {} : { temperature: input.temperature }),
    ...(input.topP === undefined ? {} : { top_p: input.topP }),
    ...(input.stop === undefined ? {} : { stop: input.stop }),
    ...(input.seed === undefined ? {} : { seed: input.seed }),
  };
}

/**
 * The output of a chat and its units. Units count tokens as the network does, from the texts, so that the quote bounds them;
 * the output tells the model's own count where there is one.
 */
export function chatOutput(
  input: ChatInput,
  timeoutMs: number,
  content: string,
  finish: string,
  usage?: { prompt_tokens: number; completion_tokens: number } | null,
) {
  const prompt = input.messages.reduce((sum, message) => sum + countTokens(message.content), 0);
  const completion = content === '' ? 0 : countTokens(content);
  return {
    output: {
      content,
      finishReason: finish === 'length' || finish === 'content_filter' ? finish : 'stop',
      promptTokens: usage?.prompt_tokens ?? prompt,
      completionTokens: usage?.completion_tokens ?? completion,
    },
    units: Math.min(prompt + completion, kindSpec('chat').maxUnits(input, timeoutMs)),
  };
}

async function embed(client: OpenAI, task: ExecutorTask, { signal }: RunContext) {
  const input = task.input as TaskInput<'embeddings'>;
  const request = { model: task.model, input: input.texts, encoding_format: 'float' as const };
  const { data } = await client.embeddings.create(request, { signal, timeout: task.timeoutMs });
  const vectors = [...data].sort((a, b) => a.index - b.index).map((item) => item.embedding);
  if (vectors.length !== input.texts.length) throw new TaskFailed('UPSTREAM_FAILED', 'The upstream sent too few vectors.', 'node');
  return embeddingOutput(input, vectors);
}

/** A 400 or 422 is about the input; everything else is the operator's upstream. Its messages may hold secrets: only the status goes out. */
function explain(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof TaskFailed || signal.aborted) return error;
  if (error instanceof APIConnectionError) return new TaskFailed('UPSTREAM_FAILED', 'The upstream cannot be reached.', 'node');
  if (!(error instanceof APIError)) return error;
  if (error.status === 400 || error.status === 422) return inputRejected(`The model's server refused the input (HTTP ${error.status}).`);
  return new TaskFailed('UPSTREAM_FAILED', `The upstream answered HTTP ${error.status ?? 'error'}.`, 'node');
}
