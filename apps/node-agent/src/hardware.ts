import { cpus, freemem, totalmem } from 'node:os';

const MIB = 1024 * 1024;

/** The machine as the offer describes it. */
export function detectHardware(): { cpu: string; cores: number; memoryMiB: number } {
  const all = cpus();
  return {
    cpu: (all[0]?.model.trim() || 'unknown').slice(0, 200),
    cores: Math.max(1, all.length),
    memoryMiB: Math.floor(totalmem() / MIB),
  };
}

/** Memory of the machine in MiB. */
export function memoryUse(): { memoryUsedMiB: number; memoryTotalMiB: number } {
  return { memoryUsedMiB: Math.round((totalmem() - freemem()) / MIB), memoryTotalMiB: Math.round(totalmem() / MIB) };
}

/** Returns a meter: each call gives the machine's CPU use since the call before, in percent of all cores. */
export function createCpuMeter(): () => number {
  let before = cpuTimes();
  let last = 0;
  return () => {
    const now = cpuTimes();
    const total = now.total - before.total;
    if (total > 0) last = Math.min(100, Math.max(0, Math.round((1 - (now.idle - before.idle) / total) * 1000) / 10));
    before = now;
    return last;
  };
}

function cpuTimes(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}
