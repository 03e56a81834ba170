import type { KindInfo, NetworkHealth, NetworkStats } from '@deai/protocol';
import type { Command } from 'commander';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { duration, status, tokens } from '../output/format.ts';
import type { Colors } from '../output/output.ts';
import { renderFacts, renderTable } from '../output/table.output.ts';

/** `stats`. */
export function addStatsCommand(program: Command, cli: Cli): void {
  const command = program
    .command('stats')
    .description('the network: nodes, tasks, services, and kinds of work with their prices')
    .action(() => stats(cli));
  examples(command, [['deai stats'], ['deai stats --json | jq .stats.throughput']]);
}

async function stats(cli: Cli): Promise<void> {
  const { network } = await cli.anyClient();
  const options = { signal: cli.signal };
  const [stats, health, kinds] = await Promise.all([network.stats(options), network.health(options), network.kinds(options)]);
  const brief = kinds.map(({ inputSchema: _i, outputSchema: _o, ...kind }) => kind);
  cli.output.result({ stats, health, kinds: brief }, (c) =>
    [renderNumbers(c, stats, health), renderServices(c, health), renderKinds(c, kinds)].filter(Boolean).join('\n\n'),
  );
}

function renderNumbers(c: Colors, stats: NetworkStats, health: NetworkHealth): string {
  return renderFacts(c, [
    ['network', status(c, health.status)],
    ['nodes', `${stats.activeNodes} online of ${stats.registeredNodes}`],
    [
      'tasks',
      `${stats.pendingTasks} pending, ${stats.runningTasks} running, ${stats.completedTasks} completed, ${stats.failedTasks} failed`,
    ],
    ['throughput', `${stats.throughput.toFixed(1)} tasks/s`],
    ['queue', `${duration(stats.queueMsP50)} median, ${duration(stats.queueMsP95)} for 95 %`],
    ['up', duration(stats.uptimeS * 1_000)],
  ]);
}

function renderServices(c: Colors, { services }: NetworkHealth): string {
  return renderTable(
    c,
    ['service', 'status', '>latency', ''],
    services.map(({ service, status: state, latencyMs, detail }) => [
      service,
      status(c, state),
      duration(latencyMs),
      detail ? c.dim(detail) : '',
    ]),
  );
}

function renderKinds(c: Colors, kinds: readonly KindInfo[]): string {
  return renderTable(
    c,
    ['kind', 'model', '>online', '>price'],
    kinds.flatMap((info) => {
      const models = info.models.length > 0 ? info.models : [{ model: info.defaultModel ?? c.dim('none on offer'), online: 0 }];
      return models.map(({ model, online }, i) => [i === 0 ? info.kind : '', model, online || c.dim('0'), priceOf(info, model)]);
    }),
  );
}

function priceOf({ yoctoPerUnit, unit }: KindInfo, model: string): string {
  const price = yoctoPerUnit[model] ?? yoctoPerUnit['*'];
  return price === undefined ? '–' : `${tokens(price)}/${unit}`;
}
