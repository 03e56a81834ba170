import { readdirSync, readFileSync } from 'node:fs';

/** Processor time and memory of processes, read from /proc: numbers on Linux, `null` elsewhere. */
export interface Usage {
  /** User and system time, of ended children too. Microseconds. */
  cpuUs: number | null;
  rssMiB: number | null;
}

/** `USER_HZ`: 100 on every Linux architecture that Node runs on. */
const TICK_US = 10_000;

/** `/proc/<pid>/stat` after the command's closing parenthesis, which may itself hold spaces: field 3 is the first. */
function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function field(fields: string[], number: number): number {
  return Number(fields[number - 3]);
}

/** The process and everything it started that still runs. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), field(statFields(Number(name)), 4));
    } catch {
      // It ended while we looked.
    }
  }
  const tree = [root];
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  return tree;
}

/** Processor time of one process; with `reaped`, also that of its children that have ended. Microseconds. */
function cpuUs(pid: number, reaped: boolean): number {
  const fields = statFields(pid);
  const own = field(fields, 14) + field(fields, 15);
  return (own + (reaped ? field(fields, 16) + field(fields, 17) : 0)) * TICK_US;
}

function memoryKiB(file: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
}

/** One process, its threads included. */
export function usageOf(pid: number): Usage {
  try {
    return { cpuUs: cpuUs(pid, false), rssMiB: memoryKiB(`/proc/${pid}/status`, 'VmRSS') / 1024 };
  } catch {
    return { cpuUs: null, rssMiB: null };
  }
}

/** A process and its descendants. Memory they share is counted once, in equal parts (PSS). */
export function treeUsage(root: number): Usage {
  try {
    let total = 0;
    let memory = 0;
    for (const pid of processTree(root)) {
      try {
        total += cpuUs(pid, true);
        memory += memoryKiB(`/proc/${pid}/smaps_rollup`, 'Pss');
      } catch {
        // A back end ended: its time is in its parent's next reading.
      }
    }
    return { cpuUs: total, rssMiB: memory / 1024 };
  } catch {
    return { cpuUs: null, rssMiB: null };
  }
}

/** Processor time that the whole machine was busy (stolen time included), and all there was. Microseconds; `null` elsewhere. */
export function machineCpu(): { busyUs: number; totalUs: number } | null {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
    // user nice system idle iowait irq softirq steal; guest time is in user already.
    const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
    const total = ticks.reduce((sum, n) => sum + n, 0);
    const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
    return { busyUs: (total - idle) * TICK_US, totalUs: total * TICK_US };
  } catch {
    return null;
  }
}
