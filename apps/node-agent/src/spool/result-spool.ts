import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { WireResult } from '@deai/protocol';
import { decodeRecord, encodeRecord } from './record.ts';

/** Rewriting waits until this much of the file is dead weight. */
const COMPACT_BYTES = 4 * 1024 * 1024;

export interface SpoolOptions {
  dir: string;
  /** Above this many bytes of undelivered results the spool is `full`. */
  maxBytes: number;
}

/** Results that are not yet answered by the server, on disk. */
export interface ResultSpool {
  /** Undelivered results that are on disk, by lease, oldest first. */
  readonly pending: ReadonlyMap<string, WireResult>;
  readonly bytes: number;
  /** True above the limit: the node should take no more work. What is appended all the same is kept. */
  readonly full: boolean;
  /** Lines found damaged at the start: a write cut short by a crash. */
  readonly damaged: number;
  /** Resolves when the result is on disk (fdatasync); appends at the same time share one sync. */
  append(result: WireResult): Promise<void>;
  /** Forgets answered results. A crash before this reaches the disk sends them once more, which the server recognises. */
  remove(leaseIds: readonly string[]): void;
  /** Waits for what was appended and removed, and closes the file. */
  close(): Promise<void>;
}

interface Waiter {
  result: WireResult;
  size: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Opens the spool of a node and reads back what an earlier run left. The file is `results.log` in `dir`. */
export async function openSpool({ dir, maxBytes }: SpoolOptions): Promise<ResultSpool> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'results.log');
  const { pending, sizes, damaged } = await recover(path);
  let file = await rewrite(path, pending.values());
  let liveBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let fileBytes = liveBytes;
  let lines: string[] = [];
  let waiters: Waiter[] = [];
  let flushing: Promise<void> | undefined;
  /** A write failed half-way: the next one begins on a new line. */
  let torn = false;

  function keep({ result, size }: Waiter): void {
    liveBytes += size - (sizes.get(result.leaseId) ?? 0);
    pending.set(result.leaseId, result);
    sizes.set(result.leaseId, size);
  }

  async function flush(): Promise<void> {
    while (lines.length > 0) {
      const batch = lines.join('');
      const waiting = waiters;
      lines = [];
      waiters = [];
      try {
        await store(batch, waiting);
        for (const waiter of waiting) waiter.resolve();
        if (fileBytes - liveBytes > Math.max(COMPACT_BYTES, liveBytes)) await compact();
      } catch (error) {
        torn = true;
        for (const waiter of waiting) waiter.reject(error);
      }
    }
    flushing = undefined;
  }

  async function store(batch: string, results: readonly Waiter[]): Promise<void> {
    const text = torn ? `\n${batch}` : batch;
    await file.appendFile(text);
    fileBytes += Buffer.byteLength(text);
    if (results.length > 0) await file.datasync();
    torn = false;
    for (const result of results) keep(result);
  }

  async function compact(): Promise<void> {
    const old = file;
    file = await rewrite(path, pending.values());
    fileBytes = liveBytes;
    await old.close();
  }

  function write(line: string): void {
    lines.push(line);
    flushing ??= Promise.resolve().then(flush);
  }

  return {
    pending,
    get bytes() {
      return liveBytes;
    },
    get full() {
      return liveBytes >= maxBytes;
    },
    damaged,
    append(result) {
      const line = encodeRecord({ result });
      const durable = new Promise<void>((resolve, reject) => {
        waiters.push({ result, size: Buffer.byteLength(line), resolve, reject });
      });
      write(line);
      return durable;
    },
    remove(leaseIds) {
      const done = leaseIds.filter((id) => pending.delete(id));
      for (const id of done) {
        liveBytes -= sizes.get(id) ?? 0;
        sizes.delete(id);
      }
      if (done.length > 0) write(encodeRecord({ done }));
    },
    async close() {
      await flushing;
      await file.close();
    },
  };
}

async function recover(path: string) {
  const pending = new Map<string, WireResult>();
  const sizes = new Map<string, number>();
  let damaged = 0;
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const record = decodeRecord(line);
    if (!record) damaged++;
    else if ('result' in record) {
      pending.set(record.result.leaseId, record.result);
      sizes.set(record.result.leaseId, Buffer.byteLength(line) + 1);
    } else {
      for (const id of record.done) {
        pending.delete(id);
        sizes.delete(id);
      }
    }
  }
  return { pending, sizes, damaged };
}

/** Writes the live results to a new file and puts it in place in one step; returns it open for appending. */
async function rewrite(path: string, results: Iterable<WireResult>) {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  for (const result of results) await file.appendFile(encodeRecord({ result }));
  await file.sync();
  await rename(temporary, path);
  await syncFolder(path);
  return file;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(join(path, '..'), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
