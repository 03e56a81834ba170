import { FolderInUseError, type FolderLock, lockFolder } from '@deai/processes';
import { DeaiError } from '@deai/protocol';

/**
 * Makes this process the only owner of a data folder.
 * @throws DeaiError `CONFIG_INVALID` naming the pid, while another owner lives (this process counts as one too).
 */
export async function lockDataDir(dataDir: string): Promise<FolderLock> {
  try {
    return await lockFolder(dataDir);
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    const hint = `Stop the process ${error.pid} first, or give this one another data folder.`;
    const details = { reason: `the data folder ${dataDir} is in use by process ${error.pid}`, pid: error.pid, hint };
    throw new DeaiError('CONFIG_INVALID', details, { cause: error });
  }
}
