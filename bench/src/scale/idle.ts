import { setTimeout as delay } from 'node:timers/promises';
import { DeaiClient } from '@deai/sdk';
import { type Percentiles, percentilesOf } from '../measure/latency.ts';
import type { BenchOptions } from '../options.ts';
import type { Cleanup } from '../process/cleanup.ts';
import { checkBooks } from '../run/checks.ts';
import { type Say, setStage } from '../run/stage.ts';
import { usageOfParts, watchMemory } from '../run/usage.ts';

/** Many nodes that are connected, send heartbeats and get no work. */
export interface IdleFigures {
  nodes: number;
  /** As the network counts them at the end. */
  online: number;
  connect: Percentiles;
  serverRssMiB: number | null;
  /** The highest from the first connection on. */
  serverRssMaxMiB: number | null;
  /** Percent of one core. */
  serverCpuPercent: number | null;
  postgresCpuPercent: number | null;
}

const PATIENCE_MS = 15_000;
const POLL_MS = 250;

/** @throws Error when a node is lost. */
export async function measureIdle(options: BenchOptions, cleanup: Cleanup, say: Say): Promise<IdleFigures> {
  const { idleNodes: nodes, idleSeconds } = options.sizes;
  const stage = await setStage({ ...options, nodes }, cleanup, say);
  const highest = watchMemory(stage);
  cleanup.add(() => void highest());
  const before = usageOfParts(stage);
  // Not waiting for something: the time is what is measured.
  await delay(idleSeconds * 1000);
  const after = usageOfParts(stage);
  const percent = (part: 'server' | 'postgres') => {
    const [from, to] = [before[part].cpuUs, after[part].cpuUs];
    return from === null || to === null ? null : Math.round((to - from) / idleSeconds / 1000) / 10;
  };
  const online = await countOnline(stage.server.url, nodes);
  if (online !== nodes) throw new Error(`${nodes} nodes were connected, ${online} are online`);
  await checkBooks(stage);
  const rss = after.server.rssMiB;
  const figures = {
    nodes,
    online,
    connect: percentilesOf(stage.connectMs),
    serverRssMiB: rss === null ? null : Math.round(rss),
    serverRssMaxMiB: highest(),
    serverCpuPercent: percent('server'),
    postgresCpuPercent: percent('postgres'),
  };
  say(`${nodes} idle nodes: server ${figures.serverRssMiB} MiB, ${figures.serverCpuPercent} % of a core`);
  return figures;
}

/** As the network counts them, which it does every second or so. */
async function countOnline(baseUrl: string, expected: number): Promise<number> {
  const client = new DeaiClient({ baseUrl });
  for (const giveUpAt = performance.now() + PATIENCE_MS; ; await delay(POLL_MS)) {
    const { activeNodes } = await client.network.stats();
    if (activeNodes === expected || performance.now() > giveUpAt) return activeNodes;
  }
}
