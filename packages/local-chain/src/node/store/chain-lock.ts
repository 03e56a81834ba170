import { FolderInUseError, type FolderLock, lockFolder } from '@deai/processes';
import { StoreError } from './store-error.ts';

/**
 * Makes this process the only owner of a chain's folder.
 * @throws StoreError `LOCKED` while another owner lives; this process counts as one too
 */
export async function lockChain(folder: string): Promise<FolderLock> {
  try {
    return await lockFolder(folder);
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    const advice = 'Stop that process, or choose another data folder.';
    throw new StoreError('LOCKED', `The chain in ${folder} is in use by process ${error.pid}. ${advice}`, { cause: error });
  }
}
