import type { Lease } from '../domain/task.ts';
import type { Engine } from './engine.ts';

/** Writes starts a moment late and together: a task that ends meanwhile needs no such write, its completion says when it began. */
export interface StartWriter {
  add(lease: Lease): void;
  stop(): Promise<void>;
}

const DELAY_MS = 100;

export function createStartWriter({ store, scheduler, logger }: Engine): StartWriter {
  let pending: Lease[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function flush(): void {
    timer = undefined;
    const due = pending.filter((lease) => lease.written && !lease.settling && scheduler.leases.has(lease.leaseId));
    pending = [];
    if (due.length === 0) return;
    writing = writing
      .then(() => store.start(due))
      .catch((error: unknown) => logger.warn({ err: error, leases: due.length }, 'starts not written; completion will say them'));
  }
  return {
    add(lease) {
      pending.push(lease);
      timer ??= setTimeout(flush, DELAY_MS);
    },
    async stop() {
      clearTimeout(timer);
      flush();
      await writing;
    },
  };
}
