import { mkdir, rm } from 'node:fs/promises';
import type { BlockCommit, ChainStore } from '../../store.types.ts';
import { type EncodedBlock, encodeBlock } from './block-codec.ts';
import { lockChain } from './chain-lock.ts';
import { openHistoryFiles, packPlace } from './history-files.ts';
import { type LogWriter, openLogWriter } from './log-writer.ts';
import { RecentHistory } from './recent-history.ts';
import { filePath, replay, type StoreContent } from './replay.ts';
import { writeSnapshot } from './snapshot.ts';
import { StoreError } from './store-error.ts';

/** Settings of a store on disk. */
export interface FileStoreOptions {
  /** Made if absent, readable by its owner alone. */
  readonly dataDir: string;
  /** A new file of the log is begun past this size. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Least bytes of log between snapshots; the size of the last snapshot if that is more. Default 64 MiB. */
  readonly snapshotBytes?: number;
  /** History values kept in memory, the newest. Default 16 MiB. */
  readonly recentHistoryBytes?: number;
  /** Hears of a snapshot that failed: the log is whole, only the next start takes longer. */
  readonly onWarning?: (error: Error) => void;
}

interface PendingCommit {
  readonly block: BlockCommit;
  readonly encoded: EncodedBlock;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const MIB = 1 << 20;

/**
 * A chain's data folder: a log with one record a block, synced before a commit resolves and shared by all commits that wait, and a
 * snapshot now and then so that a start need not read the whole log. What a killed process wrote half is dropped at the next start.
 * @throws StoreError `LOCKED`, `CORRUPT`, `UNKNOWN_FORMAT`
 */
export async function openFileStore(options: FileStoreOptions): Promise<ChainStore> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockChain(options.dataDir);
  try {
    const content = await replay(options.dataDir);
    const writer = await openLogWriter((segment) => filePath(options.dataDir, 'log', segment), content.end);
    return createStore(options, content, writer, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function createStore(options: FileStoreOptions, content: StoreContent, writer: LogWriter, release: () => Promise<void>): ChainStore {
  const { dataDir, segmentBytes = 64 * MIB, snapshotBytes = 64 * MIB, recentHistoryBytes = 16 * MIB, onWarning = () => {} } = options;
  const { state, history } = content;
  const files = openHistoryFiles((segment) => filePath(dataDir, 'log', segment));
  let queue: PendingCommit[] = [];
  let writing: Promise<void> | undefined;
  let snapshotting: Promise<void> | undefined;
  let failure: StoreError | undefined;
  let closed = false;
  let logBytes = content.logBytes;
  let lastSnapshot = content.snapshot;
  const recent = new RecentHistory(recentHistoryBytes);

  const apply = ({ block, encoded }: PendingCommit, payloadAt: number): void => {
    for (const { key, value } of block.state) {
      if (value === null) state.delete(key);
      else state.set(key, value);
    }
    for (const { key, offset } of encoded.places) history.set(key, packPlace(writer.segment, payloadAt + offset));
    recent.written(block.history);
    logBytes += encoded.payload.length;
  };

  const takeSnapshot = async (number: number): Promise<void> => {
    // Copied at once: blocks go on while it is written.
    const frozen = { state: Array.from(state), history: Array.from(history) };
    logBytes = 0;
    const bytes = await writeSnapshot(filePath(dataDir, 'snapshot', number), number, frozen);
    await rm(filePath(dataDir, 'snapshot', lastSnapshot.number), { force: true });
    lastSnapshot = { number, bytes };
  };

  const rotateIfDue = async (): Promise<void> => {
    const wantsSnapshot = logBytes >= Math.max(snapshotBytes, lastSnapshot.bytes) && !snapshotting;
    if (writer.bytes < segmentBytes && !wantsSnapshot) return;
    await writer.rotate();
    if (!wantsSnapshot) return;
    snapshotting = takeSnapshot(writer.segment)
      .catch((error: Error) => onWarning(new Error(`No snapshot of ${dataDir} could be written: ${error.message}`, { cause: error })))
      .finally(() => {
        snapshotting = undefined;
      });
  };

  const writeQueue = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      try {
        const offsets = await writer.append(batch.map(({ encoded }) => encoded.payload));
        for (const [index, commit] of batch.entries()) apply(commit, offsets[index] as number);
        for (const { resolve } of batch) resolve();
        await rotateIfDue();
      } catch (error) {
        const hint = 'Blocks up to the last acknowledged one are safe. Free space or mend the disk, then start the chain again.';
        failure = new StoreError('FAILED', `Writing to ${dataDir} failed: ${(error as Error).message}. ${hint}`, { cause: error });
        for (const { reject } of [...batch, ...queue]) reject(failure);
        queue = [];
      }
    }
    writing = undefined;
  };

  return {
    load: async () => Array.from(state, ([key, value]) => ({ key, value })),
    commit: (block) =>
      new Promise((resolve, reject) => {
        if (failure || closed) return reject(failure ?? new StoreError('FAILED', `The store in ${dataDir} is closed.`));
        recent.add(block.history);
        queue.push({ block, encoded: encodeBlock(block), resolve, reject });
        writing ??= writeQueue();
      }),
    readHistory(key) {
      const value = recent.get(key);
      if (value) return value;
      const place = history.get(key);
      return place === undefined ? undefined : files.read(place);
    },
    async close() {
      if (closed) return;
      closed = true;
      await writing;
      await snapshotting;
      files.close();
      await writer.close();
      await release();
    },
  };
}
