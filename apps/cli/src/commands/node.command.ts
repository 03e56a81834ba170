import { resolve } from 'node:path';
import type { AgentStatus } from '@deai/node-agent';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { examples } from '../help.ts';
import { count, duration } from '../output/format.ts';
import type { Colors } from '../output/output.ts';
import { shorten } from '../output/result.output.ts';
import { renderFacts, renderTable } from '../output/table.output.ts';
import { addNodeStart } from './node-start.ts';

/** `node start`, `node status`, `node drain`: the agent on this machine. */
export function addNodeCommand(program: Command, cli: Cli): void {
  const command = program.command('node').description('the node on this machine: start it, see it, let it finish');
  addNodeStart(command, cli);
  const folder = ['--data-dir <folder>', 'folder of the node (DEAI_NODE_DATA_DIR; else ~/.deai/node)'] as const;
  command
    .command('status')
    .description('what the node does now')
    .option(...folder)
    .action((flags: { dataDir?: string }) => status(cli, dataDirOf(cli, flags)));
  command
    .command('drain')
    .description('let the node finish its work, deliver the results, and end')
    .option(...folder)
    .action((flags: { dataDir?: string }) => drain(cli, dataDirOf(cli, flags)));
  examples(command, [['deai node start --name office --region eu-west'], ['deai node status'], ['deai node drain']]);
}

function dataDirOf({ config }: Cli, { dataDir }: { dataDir?: string }): string {
  return dataDir === undefined ? config.nodeDataDir : resolve(dataDir);
}

async function status(cli: Cli, dataDir: string): Promise<void> {
  const { readAgentStatus } = await import('@deai/node-agent');
  const agent = await readAgentStatus(dataDir);
  if (!agent) throw new CliError('NO_AGENT', EXIT.notFound, `There is no node in ${dataDir}.`, 'Start one: deai node start');
  cli.output.result(agent, (c) => renderAgent(c, agent));
}

async function drain(cli: Cli, dataDir: string): Promise<void> {
  const { requestDrain } = await import('@deai/node-agent');
  const agent = await requestDrain(dataDir);
  if (!agent) throw new CliError('NO_AGENT', EXIT.notFound, `No node runs in ${dataDir}.`, 'Start it: deai node start');
  cli.output.result(
    agent,
    (c) => `${c.green('✔')} ${agent.name} drains: ${agent.running} running, ${count(agent.spooled, 'result')} to deliver`,
  );
}

/** What an agent says of itself. */
function renderAgent(c: Colors, agent: AgentStatus): string {
  const state = agent.state === 'online' ? c.green(agent.state) : agent.state === 'stopped' ? c.dim(agent.state) : c.yellow(agent.state);
  const running = agent.pid !== null;
  const facts = renderFacts(c, [
    ['node', agent.name ? `${c.bold(agent.name)} ${agent.nodeId ?? ''}` : agent.nodeId],
    ['state', state],
    ['network', agent.serverUrl],
    ['key', agent.publicKey],
    ['work', running ? `${agent.running} running, ${agent.queued} queued, ${count(agent.spooled, 'result')} to deliver` : undefined],
    ['since start', running ? `${agent.completed} completed, ${agent.failed} failed in ${duration(agent.uptimeS * 1_000)}` : undefined],
    ['process', running ? `${agent.pid}, version ${agent.agentVersion}` : undefined],
  ]);
  if (agent.capabilities.length === 0) return facts;
  const rows = agent.capabilities.map(({ kind, unitsPerSecond, models }) => [
    kind,
    Number(unitsPerSecond.toPrecision(3)),
    shorten(models.join(', '), 60),
  ]);
  return `${facts}\n\n${renderTable(c, ['kind', '>units/s', 'models'], rows)}`;
}
