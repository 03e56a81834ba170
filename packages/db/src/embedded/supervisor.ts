import { setTimeout as delay } from 'node:timers/promises';
import type { DbLogger } from '../database.types.ts';
import { type ClusterFolder, readLogTail } from './cluster-folder.ts';
import type { EmbeddedExit, EmbeddedPostgres } from './embedded.types.ts';
import type { Guarded } from './guard.ts';
import type { ReadyServer } from './server-ready.ts';

/** A server process that takes connections. */
export interface StartedServer {
  guarded: Guarded;
  ready: ReadyServer;
}

/** What {@link supervise} watches, and how it brings it back. */
export interface Supervised {
  first: StartedServer;
  /** Starts the server anew at the same address; left out, it is not brought back. `onSpawn` is told of the process before it is ready. */
  restart: ((onSpawn: (guarded: Guarded) => void) => Promise<StartedServer>) | undefined;
  folder: ClusterFolder;
  created: boolean;
  logger: DbLogger;
  /** Gives up the data folder. */
  release(): Promise<void>;
}

const FAST_SHUTDOWN_MS = 30_000;
/** Sessions of a killed server notice within moments, and until then PostgreSQL does not start: the first tries are close together. */
const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 5_000;
/** A server that ran this long had started well: the next restart does not wait. */
const STEADY_MS = 1_000;

/** Keeps a server running until it is told to stop: one that ends by itself recovers from its log and listens at the same address again. */
export function supervise({ first, restart, folder, created, logger, release }: Supervised): EmbeddedPostgres {
  let { ready } = first;
  /** The process of the moment, also while it starts. */
  let server = first.guarded;
  const stopped = new AbortController();
  const stopping = () => stopped.signal.aborted;

  function shutDown(guarded: Guarded): void {
    guarded.hold(true);
    guarded.signal('INT');
  }
  async function bringBack(start: NonNullable<Supervised['restart']>, firstWaitMs: number): Promise<boolean> {
    const endedAtMs = performance.now();
    for (let waitMs = firstWaitMs; !stopping(); waitMs = Math.min(BACKOFF_MAX_MS, Math.max(BACKOFF_FIRST_MS, waitMs * 2))) {
      try {
        if (waitMs > 0) await delay(waitMs, undefined, { signal: stopped.signal });
        const started = await start((guarded) => {
          server = guarded;
        });
        // Told to stop meanwhile: a process as young as that may not have heard.
        if (stopping()) shutDown(started.guarded);
        ready = started.ready;
        const downMs = Math.round(performance.now() - endedAtMs);
        logger.info({ port: ready.port, pid: ready.pid, downMs }, 'the embedded database is back');
        return true;
      } catch (error) {
        if (!stopping()) logger.warn({ err: error }, 'the embedded database could not be started yet');
      }
    }
    return false;
  }
  async function watch(): Promise<EmbeddedExit> {
    for (let waitMs = 0; ; ) {
      const startedAtMs = performance.now();
      const { code } = await server.exited;
      const logTail = await readLogTail(folder);
      if (stopping()) return { expected: true, code, logTail };
      logger.error({ code, logTail, restarts: restart !== undefined }, 'the embedded database ended by itself');
      // One that ends again and again is not to take the whole machine.
      waitMs = performance.now() - startedAtMs > STEADY_MS ? 0 : waitMs;
      if (!restart || !(await bringBack(restart, waitMs))) return { expected: stopping(), code, logTail };
      waitMs = Math.min(BACKOFF_MAX_MS, Math.max(BACKOFF_FIRST_MS, waitMs * 2));
    }
  }

  const ended = watch().finally(release);
  ended.catch(() => {});
  return {
    get url() {
      return ready.url;
    },
    get port() {
      return ready.port;
    },
    get pid() {
      return ready.pid;
    },
    created,
    logFile: folder.log,
    stop: async () => {
      stopped.abort();
      shutDown(server);
      const impatience = setTimeout(() => server.signal('QUIT'), FAST_SHUTDOWN_MS);
      await ended;
      clearTimeout(impatience);
    },
    onExit: (listener) => {
      void ended.then(listener);
    },
  };
}
