import type { TaskRequest } from '../../api/types.ts';

const LONG = 160;

interface Sample {
  id: 'curl' | 'js' | 'python';
  name: string;
  code: string;
}

/** Files in a sample stand by their names: nobody wants to read them. */
function withoutFiles(input: TaskRequest['input'], placeholder: (field: string) => string): [TaskRequest['input'], string[]] {
  const fields = Object.entries(input).flatMap(([field, value]) => (typeof value === 'string' && value.length > LONG ? [field] : []));
  return [{ ...input, ...Object.fromEntries(fields.map((field) => [field, placeholder(field)])) }, fields];
}

const fileOf = (field: string) => (field === 'module' ? 'program.wasm' : `${field}.png`);
const indented = (value: unknown) => JSON.stringify(value, null, 2);

function curl(origin: string, request: TaskRequest): string {
  const [input] = withoutFiles(request.input, (field) => `@@${field}@@`);
  // A quote in the body would end the shell's; a file is put in by the shell.
  const quoted = indented({ ...request, input }).replaceAll("'", "'\\''");
  const body = quoted.replace(/@@(\w+)@@/g, (_, field: string) => `'"$(base64 -w0 ${fileOf(field)})"'`);
  return [
    `curl ${origin}/api/v1/tasks/submit \\`,
    '  -H "Authorization: Bearer $DEAI_API_KEY" \\',
    "  -H 'content-type: application/json' \\",
    `  -d '${body}'`,
    '',
    '# then, with the id of the answer:',
    `curl "${origin}/api/v1/tasks/$ID?waitMs=60000" -H "Authorization: Bearer $DEAI_API_KEY"`,
  ].join('\n');
}

function js(origin: string, request: TaskRequest): string {
  const [input, fields] = withoutFiles(request.input, (field) => `@@${field}@@`);
  const body = indented({ ...request, input }).replace(/"@@(\w+)@@"/g, '$1');
  return [
    ...(fields.length > 0 ? ["import { readFile } from 'node:fs/promises';"] : []),
    "import { DeaiClient } from '@deai/sdk';",
    '',
    `const deai = new DeaiClient({ baseUrl: '${origin}', apiKey: 'deai_…' });`,
    ...fields.map((field) => `const ${field} = (await readFile('${fileOf(field)}')).toString('base64');`),
    `const task = await deai.run(${body});`,
    'console.log(task.output, task.priceYocto);',
  ].join('\n');
}

function python(origin: string, request: TaskRequest): string {
  const [input, fields] = withoutFiles(request.input, (field) => `@@${field}@@`);
  const body = indented({ ...request, input }).replace(/"@@(\w+)@@"/g, '$1');
  return [
    ...(fields.length > 0 ? ['import base64'] : []),
    'import os',
    'import requests',
    '',
    `url = "${origin}/api/v1/tasks"`,
    'headers = {"Authorization": f"Bearer {os.environ[\'DEAI_API_KEY\']}"}',
    ...fields.map((field) => `${field} = base64.b64encode(open("${fileOf(field)}", "rb").read()).decode()`),
    `task = requests.post(f"{url}/submit", headers=headers, json=${body}).json()`,
    'result = requests.get(f"{url}/{task[\'id\']}?waitMs=60000", headers=headers).json()',
    'print(result["output"])',
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
