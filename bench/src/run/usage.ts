import { machineCpu, treeUsage, type Usage, usageOf } from '../measure/proc.ts';
import type { Stage } from './stage.ts';

/** Processor time and memory of each part. */
export type PartUsage = Record<Part, Usage> & { machine: ReturnType<typeof machineCpu> };
const PARTS = ['server', 'postgres', 'nodes', 'load'] as const;
export type Part = (typeof PARTS)[number];
/** Microseconds of processor time for one task; `null` where the system does not tell. */
export type CpuUsPerTask = Record<Part, number | null>;
export type MemoryMiB = Record<'server' | 'postgres', number | null>;

export function usageOfParts({ server, nodes, load }: Stage): PartUsage {
  return {
    server: usageOf(server.pid),
    postgres: treeUsage(server.database.pid),
    nodes: usageOf(nodes.pid),
    load: usageOf(load.pid),
    machine: machineCpu(),
  };
}

export function cpuPerTask(before: PartUsage, after: PartUsage, tasks: number): CpuUsPerTask {
  const of = (part: Part) => {
    const [from, to] = [before[part].cpuUs, after[part].cpuUs];
    return from === null || to === null || tasks === 0 ? null : Math.round(((to - from) / tasks) * 10) / 10;
  };
  return { server: of('server'), postgres: of('postgres'), nodes: of('nodes'), load: of('load') };
}

/** The part of the machine, in percent, that other programs (or other guests of its host) used meanwhile: how disturbed the figures are. */
export function otherCpuPercent(before: PartUsage, after: PartUsage): number | null {
  if (!before.machine || !after.machine) return null;
  const ours = PARTS.reduce((sum, part) => sum + (after[part].cpuUs ?? 0) - (before[part].cpuUs ?? 0), 0);
  const busy = after.machine.busyUs - before.machine.busyUs;
  const total = after.machine.totalUs - before.machine.totalUs;
  return total === 0 ? null : Math.max(0, Math.round(((busy - ours) / total) * 1000) / 10);
}

export function memoryOf({ server, postgres }: PartUsage): MemoryMiB {
  const round = (value: number | null) => (value === null ? null : Math.round(value));
  return { server: round(server.rssMiB), postgres: round(postgres.rssMiB) };
}

/** Samples the server's memory until stopped; answers the highest in MiB. */
export function watchMemory({ server }: Stage): () => number | null {
  let highest: number | null = null;
  const sample = () => {
    const { rssMiB } = usageOf(server.pid);
    if (rssMiB !== null) highest = Math.max(highest ?? 0, Math.round(rssMiB));
  };
  sample();
  const timer = setInterval(sample, 500);
  return () => {
    clearInterval(timer);
    sample();
    return highest;
  };
}
