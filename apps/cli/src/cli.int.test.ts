import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refuse } from '@deai/sdk/testing';
import { tempDir, waitFor } from '@deai/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeNetwork, KEY, startFakeNetwork, USER } from './testing/fake-network.ts';
import { type RunOptions, runDeai } from './testing/run-deai.ts';

let network: FakeNetwork;
let home: string;

beforeAll(async () => {
  home = await tempDir();
});
beforeEach(async () => {
  network = await startFakeNetwork();
});
afterEach(() => network.close());

/** With an API key from the environment. */
const deai = (args: readonly string[], options: RunOptions = {}) =>
  runDeai(args, { ...options, env: { DEAI_URL: network.url, DEAI_API_KEY: KEY, XDG_CONFIG_HOME: home, ...options.env } });
const errorOf = (stderr: string) => JSON.parse(stderr).error;

describe('help', () => {
  it('of the program names every command, examples, exit codes and variables', async () => {
    const { code, stdout, stderr } = await deai(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const name of [
      'submit',
      'tasks',
      'watch',
      'cancel',
      'retry',
      'receipt',
      'stats',
      'nodes',
      'node',
      'up',
      'serve',
      'admin',
      'login',
      'rewards',
      'keys',
      'balance',
      'stake',
      'unstake',
      'claim',
      'deposit',
      'withdraw',
      'link',
      'swap',
      'settlements',
      'chain',
      'completion',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    expect(stdout).toMatch(/Examples:\n {2}deai up/);
    expect(stdout).toMatch(/Exit codes:[\s\S]*5 {2}the balance does not cover[\s\S]*130 {2}interrupted/);
    expect(stdout).toContain('DEAI_API_KEY');
  });
  it('of a command has its options and examples', async () => {
    const { stdout } = await deai(['submit', '--help']);
    expect(stdout).toContain('--max-price <tokens>');
    expect(stdout).toContain('deai submit ocr --image page.png');
    expect((await deai(['help', 'watch'])).stdout).toContain('deai watch --all --nodes');
  });
  it('tells its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
    expect(await deai(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('exit codes', () => {
  it('2 for wrong usage, with what is wrong and where to look', async () => {
    const { code, stdout, stderr } = await deai(['tasks', '--frob']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^✖ Unknown option '--frob'\n {2}→ See deai --help.*\n$/);
    expect((await deai([])).code).toBe(2);
    expect((await deai(['submit', 'ocr'])).code).toBe(2);
    expect((await deai(['watch'])).code).toBe(2);
    expect((await deai(['tasks', '--url', 'ftp://x'])).code).toBe(2);
  });
  it('3 without a credential, with a wrong one, and for what is not allowed', async () => {
    const anonymous = await deai(['tasks'], { env: { DEAI_API_KEY: '' } });
    expect(anonymous.code).toBe(3);
    expect(anonymous.stderr).toMatch(/not logged in to http.*\n.*deai login/);
    expect((await deai(['tasks'], { env: { DEAI_API_KEY: 'wrong' } })).code).toBe(3);
    network.on('GET /nodes', () => refuse(403, 'FORBIDDEN', { hint: 'Use another key.' }));
    const forbidden = await deai(['nodes']);
    expect([forbidden.code, forbidden.stderr]).toEqual([3, '✖ refused: FORBIDDEN (FORBIDDEN)\n  → Use another key.\n']);
  });
  it('4 for what is not there', async () => {
    const { code, stderr } = await deai(['tasks', 'nothing']);
    expect(code).toBe(4);
    expect(stderr).toContain('deai tasks');
    expect((await deai(['node', 'status', '--data-dir', join(home, 'none')])).code).toBe(4);
    expect((await deai(['node', 'drain', '--data-dir', join(home, 'none')])).code).toBe(4);
  });
  it('5 when the balance does not cover the price', async () => {
    expect((await deai(['submit', 'ocr', '--input', '{}', '--label', 'poor=1'])).code).toBe(5);
  });
  it('6 when nothing answers, and when the wait is over', async () => {
    const { code, stderr } = await deai(['stats', '--url', 'http://127.0.0.1:9']);
    expect(code).toBe(6);
    expect(stderr).toMatch(/CONNECTION_FAILED[\s\S]*deai up/);
    network.ending = { status: 'pending' };
    const slow = await deai(['submit', 'ocr', '--input', '{}', '--wait', '--wait-timeout', '300ms']);
    expect(slow.code).toBe(6);
    expect(slow.stderr).toContain('The task goes on: deai watch 01890a5d');
  });
  it('1 for a fault of the network, with the id that finds it in the log', async () => {
    network.on('GET /tasks', () => refuse(500, 'INTERNAL'));
    const { code, stderr } = await deai(['tasks']);
    expect([code, stderr.split('\n')[0]]).toEqual([1, '✖ refused: INTERNAL (INTERNAL, request test-request)']);
  });
  it('7 when the network refuses', async () => {
    const { code, stderr } = await deai(['submit', 'unknown', '--input', '{}']);
    expect(code).toBe(7);
    expect(stderr).toContain('→ Known kinds: ocr.');
  });
  it('1 when the task fails', async () => {
    network.ending = { status: 'failed', attempt: 3, error: { code: 'EXECUTION_TIMEOUT', message: 'too slow' } };
    const { code, stdout, stderr } = await deai(['submit', 'ocr', '--input', '{}', '--wait']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      '✖ The task failed after 3 of 3 attempts: too slow (EXECUTION_TIMEOUT)\n  → Allow one attempt more time with --timeout.\n',
    );
  });
  it('130 when it is interrupted', async () => {
    const { code, stderr } = await deai(['watch', '--network'], {
      onOutput: ({ stdout }, child) => {
        if (stdout.includes('tasks/s')) child.kill('SIGINT');
      },
    });
    expect([code, stderr]).toEqual([130, 'watching\n✖ Interrupted.\n']);
  });
});

describe('--json', () => {
  it.each([
    [['whoami']],
    [['tasks']],
    [['tasks', '--all']],
    [['submit', 'ocr', '--input', '{"image":"AAAA"}']],
    [['submit', 'ocr', '--input', '{"image":"AAAA"}', '--wait']],
    [['submit', 'ocr', '--input', '{"image":"AAAA"}', '--quote']],
    [['completion', 'fish']],
  ])('prints one JSON document and nothing else: %j', async (args) => {
    const { code, stdout, stderr } = await deai([...args, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toBeTypeOf('object');
  });
  it('prints events as JSON lines', async () => {
    const { code, stdout, stderr } = await deai(['--json', 'watch', 'a', 'b']);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ data }) => `${data.task_id} ${data.status}`)).toEqual([
      'a in_progress',
      'a completed',
      'b in_progress',
      'b completed',
    ]);
  });
  it.each([
    [['tasks', 'nothing'], 4, 'TASK_NOT_FOUND'],
    [['tasks', '--limit', '0'], 2, 'USAGE'],
    [['frob'], 2, 'USAGE'],
    [[], 2, 'USAGE'],
    [['submit', 'unknown', '--input', '{}'], 7, 'UNKNOWN_KIND'],
  ])('prints errors as one JSON object on standard error: %j', async (args, exitCode, errorCode) => {
    const { code, stdout, stderr } = await deai([...args, '--json']);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(errorOf(stderr)).toMatchObject({ code: errorCode, exitCode, message: expect.any(String), hint: expect.any(String) });
  });
});

describe('login', () => {
  const anonymous = { DEAI_API_KEY: '' };
  const credentials = async () => JSON.parse(await readFile(join(home, 'deai', 'credentials.json'), 'utf8'));

  it('keeps the session for its server alone, readable by its owner alone, until logout', async () => {
    network.on('POST /auth/login', ({ body }) =>
      body.password === 'secret'
        ? { body: { accessToken: 'access-1', refreshToken: 'r1', user: USER } }
        : refuse(401, 'INVALID_CREDENTIALS'),
    );
    network.on('POST /auth/logout', () => ({ body: { closed: true } }));
    const login = ['login', '--email', USER.email, '--password-stdin'];
    expect((await deai(login, { input: 'wrong\n', env: anonymous })).code).toBe(3);
    expect((await deai(login, { input: 'secret\n', env: anonymous })).stdout).toContain(`as ${USER.email}`);
    expect((await stat(join(home, 'deai', 'credentials.json'))).mode & 0o777).toBe(0o600);
    // The address of the last login is the default.
    expect((await deai(['whoami'], { env: { ...anonymous, DEAI_URL: '' } })).stdout).toContain(USER.email);
    expect((await deai(['whoami'], { env: { ...anonymous, DEAI_URL: 'http://127.0.0.1:9' } })).code).toBe(3);
    expect((await deai(['logout'], { env: anonymous })).code).toBe(0);
    expect(network.seen('POST /auth/logout')).toHaveLength(1);
    expect((await credentials()).profiles).toEqual({});
    expect((await deai(['whoami'], { env: anonymous })).code).toBe(3);
  });
  it('registers with the roles asked for', async () => {
    network.on('POST /auth/register', () => ({ status: 201, body: { accessToken: 'access-1', refreshToken: 'r1', user: USER } }));
    const args = ['login', '--register', '--email', USER.email, '--password-stdin', '--role', 'requester', 'operator', '--json'];
    expect((await deai(args, { input: 'long enough password', env: anonymous })).code).toBe(0);
    expect(network.requests.at(-1)?.body).toEqual({
      email: USER.email,
      password: 'long enough password',
      roles: ['requester', 'operator'],
    });
  });
  it('keeps an API key that works, and no other', async () => {
    expect((await deai(['login', '--api-key', 'wrong'], { env: anonymous })).code).toBe(3);
    expect((await deai(['login', '--api-key', '-'], { input: `${KEY}\n`, env: anonymous })).code).toBe(0);
    expect((await credentials()).profiles[network.url]).toEqual({ apiKey: KEY, email: USER.email });
    expect(JSON.parse((await deai(['whoami', '--json'], { env: anonymous })).stdout)).toMatchObject({ credential: 'stored-key' });
  });
  it('is refreshed once by several processes at the same time', async () => {
    let used = 0;
    network.on('POST /auth/refresh', async () => {
      if (++used > 1) return refuse(401, 'REFRESH_TOKEN_REUSED');
      // Not before all of them know that their token has expired.
      await waitFor(() => network.seen('GET /user/profile').length >= 4, { timeoutMs: 20_000 });
      return { body: { accessToken: 'access-1', refreshToken: 'r2' } };
    });
    const path = join(home, 'deai', 'credentials.json');
    await mkdir(join(home, 'deai'), { recursive: true });
    await writeFile(path, JSON.stringify({ profiles: { [network.url]: { tokens: { accessToken: 'expired', refreshToken: 'r1' } } } }));
    const runs = await Promise.all([1, 2, 3, 4].map(() => deai(['whoami', '--json'], { env: anonymous })));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(used).toBe(1);
    expect((await credentials()).profiles[network.url].tokens).toEqual({ accessToken: 'access-1', refreshToken: 'r2' });
  });
  it('needs a terminal or flags', async () => {
    const { code, stderr } = await deai(['login'], { env: anonymous });
    expect(code).toBe(2);
    expect(stderr).toContain('--email');
  });
});

describe('submit', () => {
  const submitted = () => network.seen('POST /tasks/submit').at(-1);

  it('makes inputs from its shortcuts', async () => {
    const file = join(home, 'letter.txt');
    await writeFile(file, 'Liebe Ada');
    await deai(['submit', 'embeddings', '--text', 'one', '--text', `@${file}`]);
    expect(submitted()?.body.input).toEqual({ texts: ['one', 'Liebe Ada'] });
    await deai(['submit', 'language-id', '--text', '-', '--top', '2'], { input: 'hello' });
    expect(submitted()?.body.input).toEqual({ texts: ['hello'], top: 2 });
    await deai(['submit', 'ocr', '--image', file]);
    expect(submitted()?.body.input).toEqual({ image: Buffer.from('Liebe Ada').toString('base64') });
    await deai(['submit', 'wasm', '--module', file, '--stdin', file, '--arg=--fast', '--arg', 'x']);
    expect(submitted()?.body.input).toMatchObject({ args: ['--fast', 'x'], stdin: Buffer.from('Liebe Ada').toString('base64') });
    await deai(['submit', 'chat', '--model', 'm', '--system', 's', '--message', 'q', 'a', 'q2', '--max-tokens', '5']);
    expect(submitted()?.body).toEqual({
      kind: 'chat',
      model: 'm',
      input: {
        messages: [
          { role: 'system', content: 's' },
          { role: 'user', content: 'q' },
          { role: 'assistant', content: 'a' },
          { role: 'user', content: 'q2' },
        ],
        maxTokens: 5,
      },
    });
  });
  it('passes on what the task asks for', async () => {
    const limits = ['--priority', 'high', '--max-price', '0.5', '--timeout', '90s', '--attempts', '2', '--memory', '512', '--region', 'eu'];
    await deai(['submit', 'ocr', '--input', '{"a":1}', ...limits, '--label', 'a=b=c', '--label', 'd=', '--idempotency-key', 'once']);
    expect(submitted()?.headers['idempotency-key']).toBe('once');
    expect(submitted()?.body).toEqual({
      kind: 'ocr',
      input: { a: 1 },
      priority: 'high',
      maxPriceYocto: `5${'0'.repeat(23)}`,
      timeoutMs: 90_000,
      maxAttempts: 2,
      labels: { a: 'b=c', d: '' },
      requirements: { memoryMiB: 512, region: 'eu' },
    });
  });
  it.each([
    [['ocr', '--text', 'x'], '--text does not go with the kind ocr'],
    [['ocr', '--image', '/none'], 'there is no such file'],
    [['ocr', '--input', '{'], 'not valid JSON'],
    [['ocr', '--input', '[]'], 'must be a JSON object'],
    [['embeddings', '--text', 'x', '--input', '{}'], 'exclude each other'],
    [['ocr', '--input', '{}', '--max-price', '-1'], 'amount of tokens'],
    [['ocr', '--input', '{}', '--output', 'f'], '--batch only'],
  ])('says what is wrong before anything is sent: %j', async (args, message) => {
    const { code, stderr } = await deai(['submit', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(network.requests).toEqual([]);
  });
  it('prints the output for people', async () => {
    network.ending = { output: { text: 'The page.', confidence: 96 } };
    const { code, stdout, stderr } = await deai(['submit', 'ocr', '--input', '{}', '--wait']);
    expect([code, stdout]).toEqual([0, 'The page.\n']);
    expect(stderr).toMatch(/^✔ ocr in .* · 0\.5 DEAI · 01890a5d/);
  });
  it('says what a quote is worth in dollars, and does without when nobody knows', async () => {
    const { stdout } = await deai(['submit', 'ocr', '--input', '{}', '--no-wait']);
    expect(stdout).toMatch(/quote +at most 0\.5 DEAI ≈ \$0\.125 \(fixed price\)/);
    network.on('GET /network/price', () => refuse(404, 'NOT_FOUND'));
    const without = await deai(['submit', 'ocr', '--input', '{}', '--no-wait']);
    expect(without.code).toBe(0);
    expect(without.stdout).toMatch(/quote +at most 0\.5 DEAI\n/);
  });
  it('only prices with --quote', async () => {
    const { stdout } = await deai(['submit', 'ocr', '--input', '{}', '--quote']);
    expect(stdout).toMatch(/price +0\.5 DEAI at most ≈ \$0\.125 \(price 4\.0 s old\)/);
    expect(network.seen('POST /tasks/submit')).toEqual([]);
  });
  it('submits a batch from JSON lines, and writes results in the order of the lines', async () => {
    const [batch, results] = [join(home, 'batch.jsonl'), join(home, 'results.jsonl')];
    await writeFile(batch, '{"texts":["a"]}\n\n{"kind":"ocr","input":{"image":"AAAA"},"priority":"low"}\n{"texts":["c"]}\n');
    const { code, stdout } = await deai(['submit', 'embeddings', '--batch', batch, '--wait', '--output', results]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/completed +3\n/);
    expect(submitted()?.body.tasks.map(({ kind }: { kind: string }) => kind)).toEqual(['embeddings', 'ocr', 'embeddings']);
    const lines = (await readFile(results, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).output);
    expect(lines).toEqual([{ texts: ['a'] }, { image: 'AAAA' }, { texts: ['c'] }]);
    const ids = await deai(['submit', 'embeddings', '--batch', '-'], { input: '{"texts":["x"]}\n' });
    expect(ids.stdout.trim()).toBe(network.tasks.at(-1)?.id);
  });
  it('names the line of a batch that is wrong, and ends with 1 when a task fails', async () => {
    const bad = await deai(['submit', 'ocr', '--batch', '-'], { input: '{}\nnope\n' });
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('Line 2 of -');
    network.ending = { status: 'failed', error: { code: 'NODE_LOST', message: 'gone' } };
    const failed = await deai(['submit', 'ocr', '--batch', '-', '--wait'], { input: '{}\n{}\n' });
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/failed +2 \(2 × NODE_LOST\)/);
  });
});

describe('other commands', () => {
  it('tasks passes its filters on and tells how to go on', async () => {
    const { stdout, stderr } = await deai([
      'tasks',
      '--status',
      'failed',
      '--kind',
      'ocr',
      '--label',
      'a=b',
      '--since',
      '2026-01-01T00:00:00Z',
    ]);
    const query = Object.fromEntries(network.seen('GET /tasks')[0]?.query ?? []);
    expect(query).toEqual({ status: 'failed', kind: 'ocr', label: 'a=b', createdAfter: '2026-01-01T00:00:00.000Z', limit: '20' });
    expect(stdout).toContain('No tasks.');
    expect(stderr).toContain('--cursor c1');
  });
  it('tasks <id> shows the task with its events', async () => {
    await deai(['submit', 'ocr', '--input', '{}', '--label', 'a=b']);
    const { stdout } = await deai(['tasks', network.tasks[0]?.id ?? '']);
    expect(stdout).toMatch(/kind +ocr on m[\s\S]*labels +a=b[\s\S]*submitted/);
  });
  it('tasks input prints what the task was submitted with, to be read by people and programs', async () => {
    const input = { texts: ['Grüße', 'a "b"'], top: 2 };
    await deai(['submit', 'language-id', '--input', JSON.stringify(input)]);
    const id = network.tasks[0]?.id ?? '';
    expect(await deai(['tasks', 'input', id])).toEqual({ code: 0, stdout: `${JSON.stringify(input, null, 2)}\n`, stderr: '' });
    expect(await deai(['tasks', 'input', id, '--json'])).toEqual({ code: 0, stdout: `${JSON.stringify(input)}\n`, stderr: '' });
    const help = await deai(['tasks', 'input', '--help']);
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('deai receipt verify receipt.json --input input.json')]);
  });
  it('tasks input says why there is none', async () => {
    const missing = await deai(['tasks', 'input', 'nothing', '--json']);
    expect([missing.code, missing.stdout, errorOf(missing.stderr).code]).toEqual([4, '', 'TASK_NOT_FOUND']);
    network.on('GET /tasks/*/input', () => refuse(410, 'TASK_INPUT_GONE'));
    expect(await deai(['tasks', 'input', 'old'])).toMatchObject({ code: 7, stderr: expect.stringContaining('TASK_INPUT_GONE') });
    expect((await deai(['tasks', 'input'])).code).toBe(2);
  });
  it('cancel goes on after a task that cannot be cancelled', async () => {
    await deai(['submit', 'ocr', '--input', '{}']);
    const id = network.tasks[0]?.id ?? '';
    const { code, stdout, stderr } = await deai(['cancel', 'nothing', id]);
    expect([code, stdout]).toEqual([4, `✔ cancelled ${id}\n`]);
    expect(stderr).toContain('nothing: ');
  });
  it('retry submits tasks once more and says which is which, and goes on after one that cannot be', async () => {
    await deai(['submit', 'ocr', '--input', '{}']);
    const id = network.tasks[0]?.id ?? '';
    const { code, stdout, stderr } = await deai(['retry', 'nothing', id]);
    expect(network.tasks[1]).toMatchObject({ kind: 'ocr', labels: { retry_of: id } });
    expect([code, stdout]).toEqual([4, `✔ ${network.tasks[1]?.id} is ${id} once more\n`]);
    expect(stderr).toContain('nothing: ');
    expect(JSON.parse((await deai(['retry', id, '--json'])).stdout)).toMatchObject({ tasks: [{ id: network.tasks[2]?.id, retryOf: id }] });
  });
  it('watch --network needs no login, and everything else does', async () => {
    const { code, stderr } = await deai(['watch', '--network'], {
      env: { DEAI_API_KEY: '' },
      onOutput: ({ stdout }, child) => {
        if (stdout.includes('tasks/s')) child.kill('SIGINT');
      },
    });
    expect([code, stderr]).toEqual([130, 'watching\n✖ Interrupted.\n']);
    expect((await deai(['watch', '--all'], { env: { DEAI_API_KEY: '' } })).code).toBe(3);
  });
  it('watch ends with its tasks, with 1 when one of them failed', async () => {
    const { code, stdout } = await deai(['watch', 'a', 'bf']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/a {2}in_progress {2,}██████░░░░░░ 50 %/);
    expect((await deai(['watch', 'a'])).code).toBe(0);
  });
  it('keys create prints the key alone on standard output', async () => {
    network.on('POST /user/api-keys', ({ body }) => ({ status: 201, body: { key: 'deai_new', apiKey: { ...body, id: 'k' } } }));
    const { stdout, stderr } = await deai(['keys', 'create', 'ci', '--scope', 'tasks:read', '--expires', '30']);
    expect(stdout).toBe('deai_new\n');
    expect(stderr).toContain('not shown again');
    expect(network.requests.at(-1)?.body).toEqual({ name: 'ci', scopes: ['tasks:read'], expiresInDays: 30 });
  });
  it('serve refuses a service that does not exist', async () => {
    const { code, stderr } = await deai(['serve', 'frobnicator']);
    expect(code).toBe(2);
    expect(stderr).toContain('gateway');
  });
  it('has colours only where they are wanted', async () => {
    const esc = String.fromCharCode(27);
    expect((await deai(['tasks', 'x'])).stderr).not.toContain(esc);
    expect((await deai(['tasks', 'x'], { env: { FORCE_COLOR: '1' } })).stderr).toContain(esc);
    expect((await deai(['tasks', 'x', '--no-color'], { env: { FORCE_COLOR: '1' } })).stderr).not.toContain(esc);
  });
});
