import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { TaskRequest } from '@deai/protocol';
import { DeaiApiError } from '@deai/sdk';
import type { Account } from './accounts.ts';

/** Submissions that go on until they are told to stop. */
export interface Load {
  /** Task ids that were accepted (202), one for each idempotency key. */
  readonly accepted: ReadonlySet<string>;
  /** Tries that got no answer or a refusal that passes. */
  readonly failures: number;
  /** Resolves when every submission begun has been accepted. @throws the first refusal that does not pass. */
  stop(): Promise<void>;
}

/** A small language identification. */
export function languageTask(changes: Partial<TaskRequest> = {}): TaskRequest {
  return { kind: 'language-id', input: { texts: ['How do you do?'] }, ...changes };
}

const PAUSE_MS = 50;

/** Keeps `concurrency` submissions under way. Each is repeated under its key until it is accepted, whatever becomes of the server. */
export function startLoad({ client }: Account, concurrency: number, make: () => TaskRequest = languageTask): Load {
  const accepted = new Set<string>();
  let failures = 0;
  let stopping = false;

  async function submitOne(): Promise<void> {
    const task = make();
    const idempotencyKey = randomUUID();
    for (;;) {
      try {
        const { id } = await client.tasks.submit(task, { idempotencyKey, timeoutMs: 5_000 });
        accepted.add(id);
        return;
      } catch (error) {
        if (!(error instanceof DeaiApiError) || !error.retryable) throw error;
        failures++;
        await delay(PAUSE_MS);
      }
    }
  }
  async function keepSubmitting(): Promise<void> {
    while (!stopping) await submitOne();
  }
  const loops = Promise.all(Array.from({ length: concurrency }, keepSubmitting));
  // Told at the end, by `stop`.
  loops.catch(() => {});
  return {
    accepted,
    get failures() {
      return failures;
    },
    async stop() {
      stopping = true;
      await loops;
    },
  };
}
