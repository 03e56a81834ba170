import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A line of the process table. */
export interface ProcessLine {
  pid: number;
  parent: number;
  command: string;
}

/** Every process that has not ended. */
export async function processTable(): Promise<ProcessLine[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid && !state?.startsWith('Z') ? [{ pid: Number(pid), parent: Number(parent), command: command ?? '' }] : [];
  });
}

/** Processes that name a folder, and their children: a PostgreSQL's own processes name only what they do. */
export async function processesOf(folder: string): Promise<ProcessLine[]> {
  const table = await processTable();
  const naming = new Set(table.filter(({ command }) => command.includes(folder)).map(({ pid }) => pid));
  return table.filter(({ pid, parent }) => naming.has(pid) || naming.has(parent));
}

/** The PostgreSQL of a network's data folder: postmaster first, then all its children. Not its guard. */
export async function databaseProcesses(dataDir: string): Promise<number[]> {
  const table = await processTable();
  const postmaster = table.find(({ command }) => /^\S*postgres /.test(command) && command.includes(` -D ${dataDir}`))?.pid;
  if (postmaster === undefined) return [];
  return [postmaster, ...table.filter(({ parent }) => parent === postmaster).map(({ pid }) => pid)];
}

/** Signals processes; those that are gone already are none of our business. */
export function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}
