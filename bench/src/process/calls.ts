import { type ChildProcess, fork } from 'node:child_process';

/** What a helper process can be asked, by name; arguments and answers are copied between processes. */
// biome-ignore lint/suspicious/noExplicitAny: any handler's argument will do, its own signature says which
export type Handlers = Record<string, (argument: any) => unknown>;

interface Call {
  id: number;
  name: string;
  argument: unknown;
}
interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}

/** Answers the parent's calls from now on. The process ends when the parent does, and leaves Ctrl-C to the parent. */
export function serveCalls(handlers: Handlers): void {
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit(0));
  process.on('message', async ({ id, name, argument }: Call) => {
    const answer: Answer = { id };
    try {
      answer.value = await handlers[name]?.(argument);
    } catch (error) {
      answer.error = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    process.send?.(answer);
  });
}

/** A helper process, typed by the handlers it serves. */
export interface Helper<H extends Handlers> {
  readonly pid: number;
  call<N extends keyof H & string>(name: N, argument: Parameters<H[N]>[0]): Promise<Awaited<ReturnType<H[N]>>>;
  /** Kills it and waits for its end. */
  stop(): Promise<void>;
}

/** Starts a helper process from a module that calls {@link serveCalls}. */
export function startHelper<H extends Handlers>(module: URL): Helper<H> {
  const child: ChildProcess = fork(module, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  let calls = 0;
  child.on('message', ({ id, value, error }: Answer) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(value as never);
    else call?.reject(new Error(error));
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const call of waiting.values()) call.reject(new Error(`${module.pathname} ended (${code ?? signal}) before it answered`));
      waiting.clear();
      resolve();
    });
  });
  return {
    pid: child.pid as number,
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        const id = calls++;
        waiting.set(id, { resolve, reject });
        child.send({ id, name, argument } satisfies Call, (error) => error && reject(error));
      }),
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
