import { type ChildProcess, spawn } from 'node:child_process';

/** How a guarded program ended. */
interface GuardExit {
  code: number | null;
}

/** A program that cannot outlive us. */
export interface Guarded {
  /** The program's own pid. */
  pid: Promise<number>;
  exited: Promise<GuardExit>;
  /** Sends it a signal by way of the guard, which alone knows for sure that the pid is still the program's. */
  signal(name: 'INT' | 'QUIT'): void;
  /** From now on the program keeps our event loop alive (or no longer does). */
  hold(held: boolean): void;
}

/**
 * Reads commands from a pipe that only we hold. Its end means that we are gone, in whatever way: then a fast shutdown, and an immediate one
 * for a server that does not follow. `read` and `wait` are built in, so nothing else stays behind. The guard ($$) lives as long as the
 * program and ends its reader with itself; where it was killed, the reader still stops the program.
 */
const GUARD = `
exec 3<&0
"$@" </dev/null 3<&- 4>&- &
program=$!
trap '' PIPE HUP INT
trap 'kill -s INT "$program"' TERM
echo "$program" >&4
exec 4>&-
(
  while read -r signal <&3; do kill -s "$signal" "$program"; done
  kill -s INT "$program"
  seconds=0
  while [ "$seconds" -lt 60 ]; do
    kill -s 0 $$ || exit
    sleep 1
    seconds=$((seconds + 1))
  done
  kill -s QUIT "$program"
) >/dev/null 2>&1 &
exec 3<&-
while :; do
  wait "$program"
  code=$?
  kill -s 0 "$program" 2>/dev/null || break
done
trap '' TERM
kill -s TERM 0
exit "$code"
`;

/**
 * Starts a program under a guard in a session of its own, so that Ctrl-C in the terminal reaches only us and we shut it down in order.
 * @param output file descriptor for what it prints.
 */
export function spawnGuarded(command: readonly string[], options: { output: number; env: NodeJS.ProcessEnv; cwd: string }): Guarded {
  const { output, env, cwd } = options;
  const child = spawn('/bin/sh', ['-c', GUARD, 'deai-guard', ...command], {
    stdio: ['pipe', output, output, 'ignore', 'pipe'],
    detached: true,
    env,
    cwd,
  });
  const exited = new Promise<GuardExit>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      // Where the guard itself was killed, its reader stops the program at the end of the pipe.
      child.stdin?.destroy();
      resolve({ code });
    });
  });
  exited.catch(() => {});
  // When the guard has ended, there is nobody left to hear a signal.
  child.stdin?.on('error', () => {});
  hold(child, false);
  return {
    pid: readPid(child, exited),
    exited,
    signal: (name) => child.stdin?.write(`${name}\n`),
    hold: (held) => hold(child, held),
  };
}

function hold(child: ChildProcess, held: boolean): void {
  if (held) child.ref();
  else child.unref();
  for (const stream of child.stdio) {
    const handle = stream as { ref?(): void; unref?(): void } | null;
    if (held) handle?.ref?.();
    else handle?.unref?.();
  }
}

async function readPid(child: ChildProcess, exited: Promise<GuardExit>): Promise<number> {
  let text = '';
  const read = (async () => {
    for await (const chunk of child.stdio[4] as AsyncIterable<Buffer>) text += chunk.toString();
  })();
  await Promise.race([read, exited]);
  return Number.parseInt(text, 10);
}
