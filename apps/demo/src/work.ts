import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Task, TaskOutput, TaskRequest } from '@deai/protocol';
import { cosine, decodeVector } from '@deai/sdk';

/** A task of the demo, and how to read its result in one line. */
export interface Assignment {
  request: TaskRequest;
  title: string;
  read(task: Task): string;
}

const examples = (path: string) => fileURLToPath(new URL(`../../../examples/${path}`, import.meta.url));
const base64 = async (file: string) => (await readFile(file)).toString('base64');

const SENTENCES = [
  ['The cat sleeps on the warm windowsill.', 'A kitten is napping by the sunny window.', 'Interest rates rose again this quarter.'],
  ['How do I reset my password?', 'Where can I get a refund?', 'I forgot my login and need to get back in.'],
  ['The train to Lyon leaves at noon.', 'Bread needs flour, water, salt and time.', 'To bake a loaf, mix dough and let it rise.'],
  ['Our galaxy holds billions of stars.', 'The milky way contains very many suns.', 'She plays the violin every evening.'],
  ['Heavy rain is expected tomorrow.', 'The match ended without a goal.', 'Tomorrow there will be downpours.'],
  ['The server ran out of memory.', 'The process was killed because RAM was exhausted.', 'We walked along the beach at dusk.'],
];
const TEXTS = [
  'Le petit chat boit du lait dans la cuisine.',
  'Der Zug nach Hamburg hat heute leider Verspätung.',
  'La biblioteca cierra a las ocho de la tarde.',
  '東京は日本の首都です。',
  'Москва находится на берегу реки.',
  'Il gatto dorme sul divano accanto alla finestra.',
];
const IMAGES = ['invoice.png', 'library-sign.png', 'paragraph.png', 'receipt.png', 'station-notice.png'];
const LIMITS = [10_000, 1_000_000, 5_000_000];

/** The pair of texts with the largest cosine. */
function nearestPair(texts: string[], vectors: Float32Array[]): { pair: [string, string]; similarity: number } {
  let best = { pair: ['', ''] as [string, string], similarity: -1 };
  vectors.forEach((a, i) => {
    vectors.slice(i + 1).forEach((b, j) => {
      const similarity = cosine(a, b);
      if (similarity > best.similarity) best = { pair: [texts[i] as string, texts[i + 1 + j] as string], similarity };
    });
  });
  return best;
}

function embeddings(texts: string[]): Assignment {
  return {
    title: `${texts.length} sentences`,
    request: { kind: 'embeddings', input: { texts, encoding: 'base64' } },
    read(task) {
      const { vectors } = task.output as TaskOutput<'embeddings'>;
      const { pair, similarity } = nearestPair(texts, (vectors as string[]).map(decodeVector));
      return `nearest (${similarity.toFixed(2)}): “${pair[0]}” ~ “${pair[1]}”`;
    },
  };
}

async function ocr(image: string): Promise<Assignment> {
  return {
    title: basename(image),
    request: { kind: 'ocr', input: { image: await base64(examples(`images/${image}`)) } },
    read(task) {
      const { text, confidence } = task.output as TaskOutput<'ocr'>;
      const line = text.replace(/\s+/g, ' ').trim();
      return `“${line.length > 70 ? `${line.slice(0, 69)}…` : line}” (${confidence.toFixed(0)} % sure)`;
    },
  };
}

const languageNames = new Intl.DisplayNames('en', { type: 'language' });

function languageId(text: string): Assignment {
  return {
    title: `“${text.slice(0, 22)}…”`,
    request: { kind: 'language-id', input: { texts: [text] } },
    read(task) {
      const best = (task.output as TaskOutput<'language-id'>).results[0]?.[0];
      return best ? `${languageNames.of(best.language)} (${(best.confidence * 100).toFixed(0)} %)` : 'nothing';
    },
  };
}

async function primes(limit: number): Promise<Assignment> {
  const input = { module: await base64(examples('wasm/primes.wasm')), stdin: Buffer.from(String(limit)).toString('base64') };
  return {
    title: `primes.wasm ${limit}`,
    request: { kind: 'wasm', input },
    read: (task) => `${stdoutOf(task)} primes below ${limit.toLocaleString('en')}`,
  };
}

async function mandelbrot(): Promise<Assignment> {
  return {
    title: 'mandelbrot.wasm',
    request: { kind: 'wasm', input: { module: await base64(examples('wasm/mandelbrot.wasm')) } },
    read(task) {
      const rows = stdoutOf(task).split('\n');
      return `${rows.length} rows, the middle one: ${rows[Math.floor(rows.length / 2)]?.trim().slice(0, 60)}`;
    },
  };
}

function stdoutOf(task: Task): string {
  return Buffer.from((task.output as TaskOutput<'wasm'>).stdout, 'base64')
    .toString()
    .trim();
}

/** The demo's tasks, the kinds mixed. */
export async function assignments(): Promise<Assignment[]> {
  const groups = [
    SENTENCES.map(embeddings),
    await Promise.all(IMAGES.map(ocr)),
    TEXTS.map(languageId),
    [...(await Promise.all(LIMITS.map(primes))), await mandelbrot()],
  ];
  const longest = Math.max(...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, i) => groups.flatMap((group) => group[i] ?? [])).flat();
}
