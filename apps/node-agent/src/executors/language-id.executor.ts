import { kindSpec, type TaskInput } from '@deai/protocol';
import { getLIDModel } from 'fasttext.wasm.js';
import type { Executor } from './executor.types.ts';
import { measureRate } from './measure.ts';

const LABEL = '__label__';
const SAMPLE = 'Der Knoten misst, wie viele Texte er in einer Sekunde einordnen kann.';

type Model = Awaited<ReturnType<Awaited<ReturnType<typeof getLIDModel>>['load']>>;

/** Which of 176 languages a text is in, by fastText's `lid.176.ftz`. Codes are those of the model (ISO 639-1 or -3). */
export function createLanguageIdExecutor(): Executor {
  let model: Model | undefined;

  function guess(text: string, top: number) {
    if (!model) throw new Error('the language model is not loaded');
    // The model reads one line: a newline would end the text.
    const found = model.predict(text.replace(/\s+/g, ' '), top, 0);
    const guesses = Array.from({ length: found.size() }, (_, i) => {
      const [confidence, label] = found.get(i);
      return { language: label.slice(LABEL.length), confidence: Math.round(Math.max(0, Math.min(1, confidence)) * 1e6) / 1e6 };
    });
    // "und" is ISO 639's code for undetermined: text without one known character.
    return guesses.length > 0 ? guesses : [{ language: 'und', confidence: 0 }];
  }

  return {
    kind: 'language-id',
    models: ['lid-176'],
    async load() {
      const lid = await getLIDModel();
      model = await lid.load();
    },
    async run(task) {
      const input = task.input as TaskInput<'language-id'>;
      const results = input.texts.map((text) => guess(text, input.top ?? 1));
      return { output: { results }, units: kindSpec('language-id').maxUnits(input, 0) };
    },
    benchmark: () =>
      measureRate(async () => {
        for (let i = 0; i < 50; i++) guess(SAMPLE, 1);
        return 50;
      }),
    async unload() {
      model = undefined;
    },
  };
}
