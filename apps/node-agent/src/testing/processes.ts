import { readdir, readFile } from 'node:fs/promises';

/** Process ids of the executors' hosts that are children of a process (Linux). */
export async function executorsOf(parent: number): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(ids.map(async (pid) => ((await isExecutorOf(pid, parent)) ? [pid] : [])));
  return found.flat();
}

/** True while a process is there and has not ended. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function isExecutorOf(pid: number, parent: number): Promise<boolean> {
  try {
    const [stat, command] = await Promise.all([readFile(`/proc/${pid}/stat`, 'latin1'), readFile(`/proc/${pid}/cmdline`, 'latin1')]);
    const [, parentId] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(parentId) === parent && command.includes('executor-host');
  } catch {
    return false;
  }
}
