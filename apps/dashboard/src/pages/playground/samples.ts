import type { TaskRequest } from '../../api/types.ts';

const LONG = 160;

interface Sample {
  id: 'curl' | 'js' | 'python';
  name: string;
  code: string;
}

const FILES: Record<string, string> = { module: 'program.wasm', stdin: 'stdin.txt', image: 'image.png' };
const fileOf = (field: string) => FILES[field] ?? field;
/** A character that nobody types. */
const MARK = '\uE000';
const MARKED = new RegExp(`${MARK}(\\w+)${MARK}`, 'g');
const MARKED_STRING = new RegExp(`"${MARK}(\\w+)${MARK}"`, 'g');

/** The task as JSON, with marks where files stand: nobody wants to read them; and the fields that are files. */
function withoutFiles(request: TaskRequest): { json: string; fields: string[] } {
  const fields = Object.entries(request.input).flatMap(([field, value]) =>
    typeof value === 'string' && value.length > LONG ? [field] : [],
  );
  const input = { ...request.input, ...Object.fromEntries(fields.map((field) => [field, `${MARK}${field}${MARK}`])) };
  return { json: JSON.stringify({ ...request, input }, null, 2), fields };
}

/** The body for a shell: as one word; with files as what is read, for they may be longer than a word can be. */
function shellBody(request: TaskRequest): string {
  const { json, fields } = withoutFiles(request);
  // A quote in the body would end the shell's.
  if (fields.length === 0) return `-d '${json.replaceAll("'", "'\\''")}'`;
  const read = (_: string, field: string) => `$(base64 < ${fileOf(field)} | tr -d '\\n')`;
  return `-d @- <<JSON\n${json.replace(/[\\$`]/g, '\\$&').replace(MARKED, read)}\nJSON`;
}

function curl(origin: string, request: TaskRequest): string {
  return [
    `curl ${origin}/api/v1/tasks/submit \\`,
    '  -H "Authorization: Bearer $DEAI_API_KEY" \\',
    "  -H 'content-type: application/json' \\",
    `  ${shellBody(request)}`,
    '',
    '# then, with the id of the answer:',
    `curl "${origin}/api/v1/tasks/$ID?waitMs=60000" -H "Authorization: Bearer $DEAI_API_KEY"`,
  ].join('\n');
}

function js(origin: string, request: TaskRequest): string {
  const { json, fields } = withoutFiles(request);
  const body = json.replace(MARKED_STRING, '$1');
  return [
    ...(fields.length > 0 ? ["import { readFile } from 'node:fs/promises';"] : []),
    "import { env } from 'node:process';",
    "import { DeaiClient } from '@deai/sdk';",
    '',
    `const deai = new DeaiClient({ baseUrl: '${origin}', apiKey: env.DEAI_API_KEY });`,
    ...fields.map((field) => `const ${field} = (await readFile('${fileOf(field)}')).toString('base64');`),
    `const task = await deai.run(${body});`,
    'console.dir(task.output, { depth: null });',
  ].join('\n');
}

/** JSON as Python writes it: alike but for three words, which are left alone inside strings. */
function pythonic(json: string): string {
  const words: Record<string, string> = { true: 'True', false: 'False', null: 'None' };
  return json.replace(/"(?:[^"\\]|\\.)*"|true|false|null/g, (token) => words[token] ?? token);
}

/** Of Python's own library alone, so that it runs as it is. */
function python(origin: string, request: TaskRequest): string {
  const { json, fields } = withoutFiles(request);
  const body = pythonic(json).replace(MARKED_STRING, '$1');
  return [
    ...(fields.length > 0 ? ['import base64'] : []),
    'import json',
    'import os',
    'from urllib.request import Request, urlopen',
    '',
    'def call(path, body=None):',
    '    headers = {"Authorization": "Bearer " + os.environ["DEAI_API_KEY"], "Content-Type": "application/json"}',
    '    data = None if body is None else json.dumps(body).encode()',
    `    return json.load(urlopen(Request("${origin}/api/v1/tasks" + path, data, headers)))`,
    '',
    ...fields.map((field) => `${field} = base64.b64encode(open("${fileOf(field)}", "rb").read()).decode()`),
    `task = call("/submit", ${body})`,
    'print(call(f"/{task[\'id\']}?waitMs=60000")["output"])',
  ].join('\n');
}

/** The same task for those who call the API. */
export function samplesOf(origin: string, request: TaskRequest): Sample[] {
  return [
    { id: 'curl', name: 'curl', code: curl(origin, request) },
    { id: 'js', name: 'JavaScript', code: js(origin, request) },
    { id: 'python', name: 'Python', code: python(origin, request) },
  ];
}
