import { join } from 'node:path';
import type { Task } from '@deai/protocol';
import type { DeaiClient } from '@deai/sdk';
import pc from 'picocolors';
import { type Account, loginLink, operatorKey, registerRequester } from './account.ts';
import { chainLines, createChainSteps, untilSettled } from './chain.ts';
import type { DemoConfig } from './config.ts';
import type { Processes } from './processes.ts';
import { books, nodeLines, resultLines, tokens } from './report.ts';
import { type Assignment, assignments } from './work.ts';

/** Nodes that differ, so that matching has something to decide. */
const NODES = [
  { name: 'amber', region: 'eu-west', kinds: 'embeddings,language-id,wasm' },
  { name: 'birch', region: 'us-east', kinds: 'ocr,language-id,wasm' },
  { name: 'cedar', region: 'ap-northeast', kinds: 'embeddings,ocr,language-id,wasm' },
];

const NETWORK_ENV = {
  // People wait for it.
  DEAI_SETTLE_EVERY_MS: '1000',
  // Nobody trades the demo's token: the pages that tell a price call this one fixed by the configuration.
  DEAI_PRICE_USD: '0.10',
};

export interface DemoOutcome {
  ok: boolean;
  addresses: string[];
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (text: string) => console.log(text);

async function step<T>(text: string, work: () => Promise<T>, told: (value: T) => string = () => ''): Promise<T> {
  const begun = Date.now();
  if (process.stdout.isTTY) process.stdout.write(`${pc.dim('…')} ${text}`);
  const value = await work();
  const clear = process.stdout.isTTY ? '\r\x1b[K' : '';
  say(`${clear}${pc.green('✓')} ${text} ${pc.dim(`${told(value)} ${((Date.now() - begun) / 1000).toFixed(1)} s`.trim())}`);
  return value;
}

function jsonLine<T>(field: string): (line: string) => T | undefined {
  return (line) => {
    try {
      const value = JSON.parse(line) as Record<string, unknown>;
      return value[field] === undefined ? undefined : (value as T);
    } catch {
      return undefined;
    }
  };
}

async function startNodes(config: DemoConfig, processes: Processes, url: string, key: string): Promise<Map<string, string>> {
  const started = NODES.map(async ({ name, region, kinds }) => {
    const folder = join(config.dataDir, 'nodes', name);
    const args = ['node', 'start', '--name', name, '--region', region, '--kinds', kinds, '--data-dir', folder, '--json'];
    const env = { DEAI_URL: url, DEAI_API_KEY: key };
    const { nodeId } = await processes.start(`node-${name}`, args, env, jsonLine<{ nodeId: string }>('nodeId'));
    return [nodeId, name] as const;
  });
  return new Map(await Promise.all(started));
}

async function waitOnline(client: DeaiClient, nodeIds: string[], signal: AbortSignal): Promise<void> {
  for (;;) {
    const nodes = await Promise.all(nodeIds.map((id) => client.nodes.get(id)));
    if (nodes.every((node) => node.status === 'online')) return;
    signal.throwIfAborted();
    await pause(100);
  }
}

/** Tasks of a run that was interrupted are still wanted: they end first, so that these books are of this run alone. */
async function finishEarlierTasks(client: DeaiClient, signal: AbortSignal): Promise<void> {
  const open = async () => (await client.network.ledger()).heldYocto !== '0';
  if (!(await open())) return;
  await step('tasks of an interrupted run finished', async () => {
    while (await open()) {
      signal.throwIfAborted();
      await pause(250);
    }
  });
}

async function work(client: DeaiClient, list: Assignment[], names: Map<string, string>, signal: AbortSignal): Promise<Task[]> {
  const submitted = await client.tasks.submitMany(
    list.map((a) => a.request),
    { signal },
  );
  let done = 0;
  const finished = submitted.map(async ({ id }, i) => {
    const task = await client.tasks.wait(id, { signal });
    const position = `${String(++done).padStart(2)}/${list.length}`;
    say(resultLines(list[i] as Assignment, task, names.get(task.nodeId ?? '') ?? 'none', position));
    return task;
  });
  return await Promise.all(finished);
}

/** The network from nothing, three nodes, and at least twenty real tasks of four kinds, with their books. */
export async function runDemo(config: DemoConfig, processes: Processes, signal: AbortSignal): Promise<DemoOutcome> {
  say(`${pc.bold('DeAI demo')}: a network, three nodes, real work.\n`);
  const upArgs = ['up', '--port', '0', '--data-dir', join(config.dataDir, 'network'), '--json'];
  const { url } = await step(
    'network up: gateway, realtime, auth, task-manager, node-manager, reward-manager, price-oracle, bridge, monitoring, PostgreSQL, local chain',
    () => processes.start('network', upArgs, NETWORK_ENV, jsonLine<{ url: string }>('url')),
    ({ url }) => url,
  );
  const { client, account } = await step(
    'requester registered through the API',
    () => registerRequester(url),
    ({ account }) => account.email,
  );
  const operator = await operatorKey(url, config.dataDir);
  const names = await step('three nodes benchmarked, registered and connected', async () => {
    const started = await startNodes(config, processes, url, operator.key);
    await waitOnline(operator.client, [...started.keys()], signal);
    return started;
  });
  await finishEarlierTasks(client, signal);
  const chain = createChainSteps(config, processes, url);
  const nodeNames = NODES.map(({ name }) => name);
  await step('three nodes staked on the local chain', () => chain.stakeAll(nodeNames));
  const settledBefore = await untilSettled(client, signal);
  // An interrupted run may have left something to claim.
  const balancesBefore = await chain.claimAll(nodeNames);
  const list = await assignments();
  const [before, auditBefore] = await Promise.all([client.user.billing(), client.network.ledger()]);
  say(`\nSubmitting ${list.length} tasks; ${tokens(before.availableYocto)} DEAI to spend.\n`);
  const tasks = await work(client, list, names, signal);

  // The public audit is remembered for a second; this one must be of now.
  await pause(1_100);
  const [after, audit] = await Promise.all([client.user.billing(), client.network.ledger()]);
  const { lines, balanced } = books(tasks, before, after, auditBefore, audit);
  const completed = tasks.filter((task) => task.status === 'completed').length;
  const settled = await step('tasks settled on chain, final, and claimed by the nodes', async () => {
    const status = await untilSettled(client, signal);
    return { before: settledBefore, after: status, auditBefore, audit, balancesBefore, balances: await chain.claimAll(nodeNames) };
  });
  const onChain = chainLines(settled);
  const { key } = await client.user.apiKeys.create({ name: 'demo, receipt', scopes: ['tasks:read'] });
  const receipt = await chain.verifyReceipt(tasks[0]?.id ?? '', key);
  say(`\n${pc.bold('Nodes')}\n${nodeLines(tasks, names).join('\n')}`);
  say(`\n${pc.bold('Books')}\n${lines.join('\n')}`);
  say(`\n${pc.bold('Chain')}\n${onChain.lines.join('\n')}`);
  say(
    `  ${receipt.valid ? pc.green('✓') : pc.red('✗')} work receipt of the first task: ${receipt.checks.join(', ')} ${pc.dim(receipt.file)}`,
  );
  const ok = balanced && onChain.agree && receipt.valid && completed === list.length;
  say(
    `\n${ok ? pc.green(pc.bold('All good:')) : pc.red(pc.bold('Not good:'))} ${completed} of ${list.length} tasks completed, ${balanced ? 'the books add up' : 'the books do NOT add up'}, chain and ledger ${onChain.agree ? 'agree' : 'do NOT agree'}.`,
  );
  return { ok, addresses: config.keep ? await addressesOf(client, url, { requester: account, operator: operator.account }) : [] };
}

/** Where the network that stays can be looked at, and as whom. */
async function addressesOf(
  client: DeaiClient,
  url: string,
  { requester, operator }: Record<'requester' | 'operator', Account>,
): Promise<string[]> {
  const { key } = await client.user.apiKeys.create({ name: 'demo, left running' });
  return [
    `Dashboard  ${loginLink(url, requester, '/tasks')}`,
    `Its nodes  ${loginLink(url, operator, '/nodes')}`,
    `API        ${url}/api/v1`,
    `Reference  ${url}/docs`,
    `Metrics    ${url}/metrics`,
    `Requester  ${requester.email}`,
    `Operator   ${operator.email}`,
    `Try        DEAI_URL=${url} DEAI_API_KEY=${key} npm run deai -- tasks`,
  ];
}
