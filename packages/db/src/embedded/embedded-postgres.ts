import { DeaiError } from '@deai/protocol';
import { SILENT } from '../silent-logger.ts';
import { type ClusterFolder, openClusterFolder, openLog } from './cluster-folder.ts';
import { ensureCluster, USER } from './create-cluster.ts';
import { lockDataDir } from './data-lock.ts';
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded.types.ts';
import { freePort } from './free-port.ts';
import { type Guarded, spawnGuarded } from './guard.ts';
import { findPlatformBinaries } from './platform-binaries.ts';
import { clearLeftover } from './postmaster-file.ts';
import { decideRunAs } from './run-as.ts';
import { serverEnvironment } from './server-environment.ts';
import { isPortTaken, untilReady } from './server-ready.ts';
import { serverSettings, settingArguments } from './server-settings.ts';
import { type StartedServer, supervise } from './supervisor.ts';

const PORT_ATTEMPTS = 5;

/**
 * Starts the PostgreSQL that comes with the npm packages on a data folder of ours, making the cluster on first use. It listens on 127.0.0.1
 * only, with a password of its own. Whatever was committed before a crash of this process or of the server is there again.
 * @throws DeaiError `CONFIG_INVALID` (with a hint) when the folder is in use, the user or system cannot run it, or the given port is taken.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { logger = SILENT, durable = true } = options;
  const binaries = await findPlatformBinaries();
  const folder = await openClusterFolder(options.dataDir);
  const lock = await lockDataDir(folder.dataDir);
  try {
    const runAs = await decideRunAs({ clusterDir: folder.cluster, program: binaries.postgres });
    await clearLeftover(folder.cluster, logger);
    const { password, created } = await ensureCluster(folder, { initdb: binaries.initdb, runAs, durable });
    const command = [...runAs.prefix, binaries.postgres, '-D', folder.cluster];
    const start: ServerStart = { folder, command, password, durable, options };
    const first = await startServer(start);
    const { port, pid } = first.ready;
    logger.info({ port, pid, created, dataDir: folder.dataDir }, 'the embedded database is up');
    const restart = async (onSpawn: (guarded: Guarded) => void) => {
      await clearLeftover(folder.cluster, logger);
      return await startServer({ ...start, options: { ...options, port }, onSpawn });
    };
    return supervise({ first, restart: options.restarts === false ? undefined : restart, folder, created, logger, release: lock.release });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface ServerStart {
  folder: ClusterFolder;
  command: string[];
  password: string;
  durable: boolean;
  options: EmbeddedPostgresOptions;
  /** Told of each process that is started, before it is ready. */
  onSpawn?: (guarded: Guarded) => void;
}

async function startServer(start: ServerStart): Promise<StartedServer> {
  const { folder, command, password, durable, options } = start;
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const settings = settingArguments(serverSettings({ port, durable, settings: options.settings ?? {} }));
    const log = await openLog(folder);
    const { size: logFrom } = await log.stat();
    const guarded = spawnGuarded([...command, ...settings], { output: log.fd, env: serverEnvironment(), cwd: '/' });
    await log.close();
    start.onSpawn?.(guarded);
    guarded.hold(true);
    try {
      const ready = await untilReady({ guarded, folder, user: USER, password, port, logFrom });
      guarded.hold(false);
      return { guarded, ready };
    } catch (error) {
      guarded.signal('QUIT');
      await guarded.exited;
      if (!isPortTaken(error)) throw error;
      // Between asking for a free port and listening on it, another process took it.
      if (options.port === undefined && attempt < PORT_ATTEMPTS) continue;
      const hint = 'Give another port, or none to let the system choose.';
      throw new DeaiError('CONFIG_INVALID', { reason: `port ${port} is taken`, hint }, { cause: error });
    }
  }
}
