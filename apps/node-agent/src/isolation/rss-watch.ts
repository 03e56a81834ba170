import { readFileSync } from 'node:fs';

const INTERVAL_MS = 200;

/** Resident size of a process in MiB, from procfs; `undefined` where there is none (not Linux) or the process is gone. */
export function residentMiB(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

/** Calls `onExceeded` once when the process grows above the limit. Returns what stops the watch. */
export function watchMemory(pid: number, limitMiB: number, onExceeded: (residentMiB: number) => void): () => void {
  const timer = setInterval(() => {
    const resident = residentMiB(pid);
    if (resident === undefined || resident <= limitMiB) return;
    clearInterval(timer);
    onExceeded(resident);
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
