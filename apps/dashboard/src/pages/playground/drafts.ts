import type { TaskInput, TaskKind } from '@deai/protocol';
import { hashKey } from '@tanstack/react-query';
import type { KindInfo, Task, TaskPriority, TaskRequest } from '../../api/types.ts';
import { shortId } from '../../ui/format.ts';
import { fromBase64, toBase64 } from '../base64.ts';
import { TASK_KINDS } from '../kinds.ts';

/** A file of the user's, as tasks carry it. */
export interface Upload {
  name: string;
  base64: string;
}

/** What a form of the playground holds. */
export interface Draft {
  text: string;
  upload: Upload | undefined;
  args: string;
  model: string;
  priority: TaskPriority;
}

const KEY = 'deai.drafts';
const EMPTY: Draft = { text: '', upload: undefined, args: '', model: '', priority: 'normal' };
const STARTS: Record<TaskKind, string> = {
  embeddings: 'The cat sleeps on the warm windowsill.\nA kitten is napping by the sunny window.\nInterest rates rose again this quarter.',
  'language-id': 'Le petit chat boit du lait dans la cuisine.\n東京は日本の首都です。\nMañana iremos al mercado.',
  ocr: '',
  wasm: '1000000',
  chat: 'In one sentence: why is the sky blue?',
};

/** Files are kept as long as the page is open, the rest as long as the tab is. */
const drafts = new Map<TaskKind, Draft>();

function stored(): Partial<Record<TaskKind, Partial<Draft>>> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Record<TaskKind, Partial<Draft>>>;
  } catch {
    return {};
  }
}

/** The form as it was left, or as it starts. */
export function draftOf(kind: TaskKind): Draft {
  return drafts.get(kind) ?? { ...EMPTY, text: STARTS[kind], ...stored()[kind] };
}

export function keepDraft(kind: TaskKind, draft: Draft): void {
  drafts.set(kind, draft);
  const { upload: _, ...small } = draft;
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...stored(), [kind]: small }));
  } catch {
    // More text than browsers store: it is kept as long as the page is open.
  }
}

const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

function inputFor(kind: TaskKind, { text, upload, args }: Draft): TaskInput<TaskKind> | undefined {
  const lines = linesOf(text);
  switch (kind) {
    case 'embeddings':
    case 'language-id':
      return lines.length > 0 ? { texts: lines } : undefined;
    case 'ocr':
      return upload && { image: upload.base64 };
    case 'wasm': {
      const words = args.split(' ').filter(Boolean);
      return upload && { module: upload.base64, ...(text ? { stdin: toBase64(text) } : {}), ...(words.length > 0 ? { args: words } : {}) };
    }
    case 'chat':
      return text.trim() ? { messages: [{ role: 'user', content: text }] } : undefined;
  }
}

/** The model that was chosen, if a node offers it; of a kind without a default one, else the one that most nodes offer now. Empty for the default. */
export function modelOf({ model }: Draft, info: KindInfo | undefined): string {
  if (!info) return model;
  if (model !== info.defaultModel && info.models.some((offered) => offered.model === model)) return model;
  if (info.defaultModel) return '';
  return info.models.toSorted((a, b) => b.online - a.online)[0]?.model ?? '';
}

/** The task that a form asks for; `undefined` while something is missing. */
export function requestOf(kind: TaskKind, draft: Draft): TaskRequest | undefined {
  const input = inputFor(kind, draft);
  const { model, priority } = draft;
  return input && { kind, input, ...(model ? { model } : {}), ...(priority === 'normal' ? {} : { priority }) };
}

function formOf(kind: TaskKind, input: TaskRequest['input'], id: string): Partial<Draft> {
  const file = (what: string, base64: string) => ({ name: `The ${what} of task ${shortId(id)}`, base64 });
  switch (kind) {
    case 'embeddings':
    case 'language-id':
      return { text: (input as TaskInput<'embeddings'>).texts.join('\n') };
    case 'ocr':
      return { upload: file('image', (input as TaskInput<'ocr'>).image) };
    case 'wasm': {
      const { module, stdin = '', args = [] } = input as TaskInput<'wasm'>;
      return { upload: file('program', module), text: fromBase64(stdin), args: args.join(' ') };
    }
    case 'chat':
      return { text: (input as TaskInput<'chat'>).messages.at(-1)?.content ?? '' };
  }
}

/** The form that asks for the very input of a task; `undefined` where there is none, as for several messages, or texts of several lines. */
export function draftOfTask(task: Pick<Task, 'id' | 'kind' | 'model' | 'priority'>, input: TaskRequest['input']) {
  const kind = TASK_KINDS.find((known) => known === task.kind);
  if (!kind) return undefined;
  const draft: Draft = { ...EMPTY, ...formOf(kind, input, task.id), model: task.model, priority: task.priority };
  // Equal whatever the order of their names.
  return hashKey([inputFor(kind, draft)]) === hashKey([input]) ? { kind, draft } : undefined;
}
