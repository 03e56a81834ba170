import { DeaiError } from '@deai/protocol';
import type { AgentView } from '../agent-state.ts';
import { detectHardware } from '../hardware.ts';
import type { LaneRunner } from '../isolation/lane-runner.ts';
import type { AgentOptions } from '../options.ts';
import { AGENT_VERSION } from '../version.ts';
import { openBenchmarkCache } from './benchmark-cache.ts';
import { capabilitiesOf, measureLanes } from './capabilities.ts';
import type { WorkQueue } from './work-queue.ts';

interface OfferingOptions {
  runners: readonly LaneRunner[];
  view: AgentView;
  options: AgentOptions;
  queue: WorkQueue;
  /** The offer has a lane more. */
  onChange(): void;
}

/**
 * Measures the lanes and puts those that work into the offer and the queue; the others are tried again now and then,
 * so that an upstream that starts after the node is offered too.
 * @throws DeaiError `CONFIG_INVALID` when no lane works.
 */
export async function startOffering({ runners, view, options, queue, onChange }: OfferingOptions): Promise<{ stop(): void }> {
  const { dataDir, logger } = options;
  const cache = await openBenchmarkCache(dataDir, AGENT_VERSION, detectHardware().cpu);
  const working = await measureLanes(runners, cache, logger);
  if (working.length === 0) {
    throw new DeaiError('CONFIG_INVALID', { hint: 'No executor of the chosen kinds works here: the log says why.', kinds: options.kinds });
  }
  const put = (lanes: typeof working) => {
    for (const { runner } of lanes) queue.addLane(runner);
    view.facts.capabilities = capabilitiesOf(working);
  };
  put(working);

  let timer: NodeJS.Timeout | undefined;
  async function retry(): Promise<void> {
    const missing = runners.filter((runner) => !working.some((lane) => lane.runner === runner));
    const found = await measureLanes(missing, cache, logger);
    working.push(...found);
    if (found.length > 0) {
      put(found);
      onChange();
    }
    schedule();
  }
  function schedule(): void {
    if (working.length === runners.length) return;
    timer = setTimeout(() => void retry(), options.laneRetryMs ?? 60_000);
    timer.unref();
  }
  schedule();
  return { stop: () => clearTimeout(timer) };
}
