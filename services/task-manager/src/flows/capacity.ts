import type { Bus } from '@deai/bus';
import { type CapableNodes, classOf, DeaiError, type TaskRequirements } from '@deai/protocol';

/** How many nodes could run a task: asked of the node manager, remembered for a moment. */
export interface Capacity {
  count(needs: TaskRequirements): Promise<CapableNodes>;
  /** @throws DeaiError `NO_CAPABLE_NODE`, saying what is missing, when no registered node could ever run it. */
  require(needs: TaskRequirements): Promise<CapableNodes>;
  requireAll(needs: TaskRequirements[]): Promise<void>;
  start(): Promise<void>;
  stop(): void;
}

const REMEMBERED_MS = 5_000;
const MAX_REMEMBERED = 10_000;

export function createCapacity(bus: Bus, now: () => number): Capacity {
  const known = new Map<string, { nodes: CapableNodes; untilMs: number }>();
  let stop: (() => void) | undefined;

  async function count(needs: TaskRequirements): Promise<CapableNodes> {
    const key = classOf(needs);
    const hit = known.get(key);
    if (hit && hit.untilMs > now()) return hit.nodes;
    const nodes = await bus.request('nodes.countCapable', needs);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(key, { nodes, untilMs: now() + REMEMBERED_MS });
    return nodes;
  }
  async function require(needs: TaskRequirements): Promise<CapableNodes> {
    const nodes = await count(needs);
    if (nodes.registered === 0) throw new DeaiError('NO_CAPABLE_NODE', { ...needs, missing: missing(nodes, needs) });
    return nodes;
  }

  return {
    count,
    require,
    async requireAll(needs) {
      const distinct = needs.length === 1 ? needs : [...new Map(needs.map((n) => [classOf(n), n])).values()];
      for (const one of distinct) await require(one);
    },
    async start() {
      stop = await bus.subscribe('nodes.offersChanged', () => known.clear());
    },
    stop: () => stop?.(),
  };
}

function missing(nodes: CapableNodes, needs: TaskRequirements): string {
  if (nodes.withKind === 0) return `no registered node runs ${needs.kind} tasks`;
  if (nodes.withModel === 0) return `${nodes.withKind} registered nodes run ${needs.kind} tasks, none with the model ${needs.model}`;
  const region = needs.region ? ` in region ${needs.region}` : '';
  return `${nodes.withModel} registered nodes have the model ${needs.model}, none with ${needs.memoryMiB} MiB${region} and the stake that the network may ask for`;
}
