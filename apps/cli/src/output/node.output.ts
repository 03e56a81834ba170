import type { NodeInfo, NodeStatusResponse, NodeWhy } from '@deai/protocol';
import { ago, duration, status, tokens } from './format.ts';
import type { Colors } from './output.ts';
import { shorten } from './result.output.ts';
import { renderFacts, renderTable } from './table.output.ts';

export function renderNodes(colors: Colors, nodes: readonly NodeInfo[]): string {
  return renderTable(
    colors,
    ['node', 'name', 'status', '>load', 'kinds'],
    nodes.map((node) => [
      node.id,
      shorten(node.name, 16),
      status(colors, stateOf(node)),
      node.metrics ? `${node.metrics.running}+${node.metrics.queued}/${node.credits}` : '–',
      shorten(node.capabilities.map(({ kind }) => kind).join(' '), 40),
    ]),
  );
}

export function renderNode(colors: Colors, node: NodeStatusResponse): string {
  const { metrics } = node;
  const facts = renderFacts(colors, [
    ['node', `${colors.bold(node.name)} ${node.id}`],
    ['status', `${status(colors, stateOf(node))}${node.lastSeenAt ? colors.dim(`, seen ${ago(node.lastSeenAt)}`) : ''}`],
    ['region', node.region],
    ['key', node.publicKey],
    ['load', metrics && `${metrics.running} running, ${metrics.queued} queued, of ${node.credits}`],
    [
      'machine',
      metrics &&
        `${Math.round(metrics.cpuPercent)} % CPU, ${Math.round(metrics.memoryUsedMiB)} of ${Math.round(metrics.memoryTotalMiB)} MiB`,
    ],
    ['up', metrics && duration(metrics.uptimeS * 1_000)],
    ['tasks', `${node.tasks.completed} completed, ${node.tasks.failed} failed, ${node.tasks.running} running`],
    ['earned', tokens(node.earnedYocto)],
    ['stake', node.stakeAccount && `${tokens(node.stakeYocto)} ${colors.dim(`by ${node.stakeAccount}`)}`],
    ['agent', node.agentVersion],
  ]);
  const offers = renderTable(
    colors,
    ['kind', '>units/s', 'models'],
    node.capabilities.map(({ kind, unitsPerSecond, models }) => [
      kind,
      Number(unitsPerSecond.toPrecision(3)),
      shorten(models.join(', '), 60),
    ]),
  );
  return node.capabilities.length > 0 ? `${facts}\n\n${offers}` : facts;
}

export function renderNodeWhy(colors: Colors, why: NodeWhy): string {
  return renderFacts(colors, [
    ['node', colors.bold(why.nodeId)],
    ['why', why.explanation],
    ['waiting', `${why.waitingTasks} tasks in the network, ${why.matchingTasks} of them fit this node`],
    ['load', `${why.running} of ${why.credits}`],
  ]);
}

/** A node that drains is online, but takes nothing new. */
export function stateOf({ status, draining }: Pick<NodeInfo, 'status' | 'draining'>): string {
  return status === 'online' && draining ? 'draining' : status;
}
