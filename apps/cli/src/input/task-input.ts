import { usageError } from '../cli-error.ts';
import { isObject, parseJson, readBytes, valueOrFile } from './files.ts';

/** Flags of `submit` that make an input. */
export interface InputFlags {
  input?: string;
  inputFile?: string;
  text?: string[];
  top?: number;
  image?: string;
  module?: string;
  stdin?: string;
  arg?: string[];
  system?: string;
  message?: string[];
  maxTokens?: number;
  temperature?: number;
}

type Builder = (flags: InputFlags) => Promise<Record<string, unknown>>;

/** The flags that each kind understands, beside --input and --input-file, and what they make. */
const SHORTCUTS: Readonly<Record<string, { flags: readonly (keyof InputFlags)[]; build: Builder }>> = {
  embeddings: { flags: ['text'], build: async ({ text }) => ({ texts: await texts(text) }) },
  'language-id': {
    flags: ['text', 'top'],
    build: async ({ text, top }) => ({ texts: await texts(text), ...(top === undefined ? {} : { top }) }),
  },
  ocr: { flags: ['image'], build: async ({ image }) => ({ image: await base64(image, '--image') }) },
  wasm: { flags: ['module', 'stdin', 'arg'], build: wasmInput },
  chat: { flags: ['message', 'system', 'maxTokens', 'temperature'], build: chatInput },
};

const OPTION_NAMES: Partial<Record<keyof InputFlags, string>> = { inputFile: '--input-file', maxTokens: '--max-tokens' };
const nameOf = (flag: keyof InputFlags) => OPTION_NAMES[flag] ?? `--${flag}`;
const SHORTCUT_FLAGS = [...new Set(Object.values(SHORTCUTS).flatMap(({ flags }) => flags))];

/** The input of a task from the flags. @throws CliError for flags that do not fit together or the kind, and for files that cannot be read. */
export async function readTaskInput(kind: string, flags: InputFlags): Promise<Record<string, unknown>> {
  const given = SHORTCUT_FLAGS.filter((flag) => flags[flag] !== undefined);
  const whole = await wholeInput(flags);
  if (whole) {
    if (given[0]) throw usageError(`${nameOf(given[0])} and a whole input exclude each other.`);
    return whole;
  }
  const shortcut = SHORTCUTS[kind];
  const misplaced = given.find((flag) => !shortcut?.flags.includes(flag));
  if (misplaced) throw usageError(`${nameOf(misplaced)} does not go with the kind ${kind}.`, hintFor(kind));
  if (!shortcut || given.length === 0) throw usageError(`There is no input for ${kind}.`, hintFor(kind));
  return await shortcut.build(flags);
}

/** True when any flag makes an input. */
export function hasInput(flags: InputFlags): boolean {
  return [...SHORTCUT_FLAGS, 'input' as const, 'inputFile' as const].some((flag) => flags[flag] !== undefined);
}

function hintFor(kind: string): string {
  const own = SHORTCUTS[kind]?.flags.map(nameOf).join(', ');
  return `Use ${own ? `${own}, ` : ''}--input JSON or --input-file FILE. Examples: deai submit --help`;
}

async function wholeInput({ input, inputFile }: InputFlags): Promise<Record<string, unknown> | undefined> {
  if (input !== undefined && inputFile !== undefined) throw usageError('--input and --input-file exclude each other.');
  if (input === undefined && inputFile === undefined) return undefined;
  const name = input === undefined ? '--input-file' : '--input';
  const text = input === undefined ? (await readBytes(inputFile as string)).toString() : await valueOrFile(input);
  const value = parseJson(text, `The value of ${name}`);
  if (!isObject(value)) throw usageError(`The value of ${name} must be a JSON object.`);
  return value;
}

async function texts(given: readonly string[] | undefined): Promise<string[]> {
  return await Promise.all((given ?? []).map(valueOrFile));
}

async function base64(path: string | undefined, flag: string): Promise<string> {
  if (path === undefined) throw usageError(`${flag} is missing.`);
  const bytes = await readBytes(path.replace(/^@(?=.)/, ''));
  if (bytes.length === 0) throw usageError(`${path} is empty.`);
  return bytes.toString('base64');
}

async function wasmInput({ module, stdin, arg }: InputFlags): Promise<Record<string, unknown>> {
  return {
    module: await base64(module, '--module'),
    ...(stdin === undefined ? {} : { stdin: (await readBytes(stdin.replace(/^@(?=.)/, ''))).toString('base64') }),
    ...(arg === undefined ? {} : { args: arg }),
  };
}

/** Several messages are the turns of a conversation: the user begins, then they alternate. */
async function chatInput({ message, system, maxTokens, temperature }: InputFlags): Promise<Record<string, unknown>> {
  if (!message) throw usageError('--message is missing.');
  const turns = (await texts(message)).map((content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content }));
  return {
    messages: [...(system === undefined ? [] : [{ role: 'system', content: await valueOrFile(system) }]), ...turns],
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}
