import type { Task, TaskInput, TaskKind, TaskOutput } from '@deai/protocol';
import { decodeVector } from '@deai/sdk';
import type { Colors } from './output.ts';
import { renderTable } from './table.output.ts';

type Renderer<K extends TaskKind> = (output: TaskOutput<K>, colors: Colors, input: Partial<TaskInput<K>>) => string;

const RENDERERS: { [K in TaskKind]: Renderer<K> } = {
  ocr: ({ text }) => text,
  chat: ({ content }) => content,
  embeddings: ({ dimensions, vectors }, colors, { texts }) =>
    renderTable(
      colors,
      ['text', `vector of ${dimensions}`],
      (vectors as (string | number[])[]).map((vector, i) => [shorten(texts?.[i] ?? `#${i + 1}`, 40), firstNumbers(vector)]),
    ),
  'language-id': ({ results }, colors, { texts }) =>
    renderTable(
      colors,
      ['text', 'language'],
      results.map((guesses, i) => [shorten(texts?.[i] ?? `#${i + 1}`, 60), guesses.map(guessText).join(', ')]),
    ),
  wasm({ exitCode, stdout, stderr, trap }, colors) {
    const [out, err] = [stdout, stderr].map((base64) => Buffer.from(base64, 'base64').toString().trimEnd());
    const end = trap ? colors.red(`trapped: ${trap}`) : exitCode === 0 ? '' : colors.yellow(`exit code ${exitCode}`);
    return [out, err ? colors.dim(err) : '', end].filter(Boolean).join('\n');
  },
};

/** A task's output as people want to see it; JSON for kinds that this version does not know. */
export function renderOutput(task: Pick<Task, 'kind' | 'output'>, colors: Colors, input: Record<string, unknown> = {}): string {
  const render = Object.hasOwn(RENDERERS, task.kind) ? (RENDERERS[task.kind as TaskKind] as Renderer<TaskKind>) : undefined;
  try {
    if (render) return render(task.output as never, colors, input);
  } catch {
    // A newer network may answer in another shape.
  }
  return JSON.stringify(task.output, null, 2);
}

function guessText({ language, confidence }: { language: string; confidence: number }): string {
  return `${language} ${Math.round(Math.min(1, confidence) * 100)} %`;
}

function firstNumbers(vector: string | number[]): string {
  const numbers = typeof vector === 'string' ? [...decodeVector(vector).slice(0, 4)] : vector.slice(0, 4);
  return `[${numbers.map((number) => number.toFixed(4)).join(', ')}, …]`;
}

/** The text on one line of at most `length` characters. */
export function shorten(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
