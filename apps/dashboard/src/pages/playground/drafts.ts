import type { TaskInput, TaskKind } from '@deai/protocol';
import type { KindInfo, TaskPriority, TaskRequest } from '../../api/types.ts';

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
  const start: Draft = { text: STARTS[kind], upload: undefined, args: '', model: '', priority: 'normal' };
  return drafts.get(kind) ?? { ...start, ...stored()[kind] };
}

export function keepDraft(kind: TaskKind, draft: Draft): void {
  drafts.set(kind, draft);
  const { upload: _, ...small } = draft;
  sessionStorage.setItem(KEY, JSON.stringify({ ...stored(), [kind]: small }));
}

const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '');
function toBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

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

/** The model that was chosen; of a kind without a default one, else the model that most nodes offer now. Empty for the default. */
export function modelOf({ model }: Draft, info: KindInfo | undefined): string {
  if (model || !info || info.defaultModel) return model;
  return info.models.toSorted((a, b) => b.online - a.online)[0]?.model ?? '';
}

/** The task that a form asks for; `undefined` while something is missing. */
export function requestOf(kind: TaskKind, draft: Draft): TaskRequest | undefined {
  const input = inputFor(kind, draft);
  const { model, priority } = draft;
  return input && { kind, input, ...(model ? { model } : {}), ...(priority === 'normal' ? {} : { priority }) };
}

/** Inputs of tasks that this page submitted: with them a receipt's input hash can be checked too. The network tells none. */
const submitted = new Map<string, TaskRequest['input']>();

export function rememberInput(taskId: string, input: TaskRequest['input'] | undefined): void {
  if (input) submitted.set(taskId, input);
}
export const inputOf = (taskId: string): TaskRequest['input'] | undefined => submitted.get(taskId);
