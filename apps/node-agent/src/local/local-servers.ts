import type { AgentParts } from '../agent-parts.ts';
import type { AgentOptions } from '../options.ts';
import { startMetricsServer } from './agent-metrics.ts';
import { startControlServer } from './control-server.ts';

/** Starts what answers the operator on this machine: the control channel and, when asked for, the metrics. Returns what ends them. */
export async function startLocalServers(options: AgentOptions, parts: AgentParts, drain: () => void): Promise<() => Promise<void>> {
  const { view, runners } = parts;
  const control = await startControlServer(options.dataDir, { status: view.status, drain });
  if (options.metricsPort === undefined) return control.close;
  const host = options.metricsHost ?? '127.0.0.1';
  try {
    const pids = () => runners.flatMap((runner) => runner.pids);
    const metrics = await startMetricsServer(options.metricsPort, host, view.status, pids);
    view.facts.metricsPort = metrics.port;
    return async () => {
      await Promise.all([control.close(), metrics.close()]);
    };
  } catch (error) {
    await control.close();
    throw error;
  }
}
