import { newId } from '@deai/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScheduler, type Placement } from '../domain/scheduler.ts';
import type { LiveTask } from '../domain/task.ts';
import { sampleSession, sampleTask } from '../testing/samples.ts';
import { createBacklog } from './backlog.ts';
import type { Engine } from './engine.ts';

const PARKED_NEEDS = { kind: 'language-id' as const, model: 'lid-176', memoryMiB: 9_999, region: '' };
const WINDOW = 100;

/**
 * The task manager's memory over a database that commits and answers when the test says so: whatever the order, everything that was
 * committed is handed out in the end.
 */
function simulate() {
  const scheduler = createScheduler({ leaseSlackMs: 30_000, now: () => 1_000 });
  const pending = new Map<string, LiveTask>();
  /** What the database and the engine have yet to do, each in its own time. */
  const later: (() => void)[] = [];
  const done = new Set<string>();
  const store = {
    waitingOf: ({ classKey, requesterId }: { classKey: string; requesterId: string }, after: string, limit: number) =>
      new Promise<LiveTask[]>((resolve) => {
        later.push(() => {
          const found = [...pending.values()]
            .filter((task) => task.classKey === classKey && task.requesterId === requesterId && task.id > after)
            .sort((a, b) => (a.id < b.id ? -1 : 1))
            .slice(0, limit);
          later.push(() => resolve(found.map((task) => ({ ...task, attempt: 0 }))));
        });
      }),
  };
  const engine = { scheduler, store, config: { DEAI_TASKS_WINDOW: WINDOW }, peers: { lookedAfter: [] }, logger: { warn() {} } };
  const backlog = createBacklog(engine as unknown as Engine);
  const capability = scheduler.classOf(sampleTask());

  function write(placements: Placement[]): void {
    for (const { lease } of placements) {
      later.push(() => {
        if (!pending.delete(lease.task.id)) {
          scheduler.release(lease.leaseId);
          return;
        }
        later.push(() => {
          done.add(lease.task.id);
          scheduler.release(lease.leaseId);
          fill();
        });
      });
    }
  }
  function fill(): void {
    write(scheduler.fillClass(capability));
    backlog.topUp(capability, fill);
  }
  function submit(tasks: LiveTask[]): void {
    later.push(() => {
      const placed = tasks.map((task) => scheduler.place(task));
      for (const [i, task] of tasks.entries()) if (!placed[i]) pending.set(task.id, task);
      later.push(() => {
        for (const [i, task] of tasks.entries()) {
          const placement = placed[i];
          if (placement) {
            pending.set(task.id, task);
            write([placement]);
          } else if (backlog.admit(task)) scheduler.enqueue(task);
          fill();
        }
      });
    });
  }
  return { scheduler, later, submit, fill, done };
}

/** The oldest of what is to be done is done first. */
function steady(): fc.Stream<number> {
  return fc.stream(
    (function* () {
      for (;;) yield 0;
    })(),
  );
}

test('whatever the order of commits and reads, a full window forgets no task', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ requester: fc.nat(2), size: fc.integer({ min: 1, max: 300 }), steps: fc.nat(40) }), { maxLength: 25 }),
      fc.infiniteStream(fc.nat(1_000_000)),
      async (submissions, choices) => {
        const world = simulate();
        for (let i = 0; i < WINDOW; i++) {
          world.scheduler.enqueue(sampleTask({ needs: PARKED_NEEDS, classKey: 'parked', id: newId() }));
        }
        for (let i = 0; i < 5; i++) world.scheduler.openSession(sampleSession({ credits: 8 }));
        const step = async () => {
          const at = (choices.next().value as number) % Math.min(world.later.length, 8);
          world.later.splice(at, 1)[0]?.();
          await Promise.resolve();
          await Promise.resolve();
          await Promise.resolve();
        };
        let submitted = 0;
        for (const { requester, size, steps } of submissions) {
          const requesterId = `00000000-0000-7000-8000-00000000000${requester}`;
          world.submit(Array.from({ length: size }, () => sampleTask({ requesterId })));
          submitted += size;
          for (let i = 0; i < steps && world.later.length > 0; i++) await step();
        }
        for (let quiet = 0; quiet < 3; quiet++) {
          while (world.later.length > 0) await step();
          world.fill();
        }
        expect(world.done.size).toBe(submitted);
      },
    ),
    {
      numRuns: 60,
      endOnFailure: true,
      examples: [
        [
          [
            { requester: 0, size: 300, steps: 40 },
            { requester: 0, size: 300, steps: 40 },
            { requester: 0, size: 300, steps: 3 },
            { requester: 0, size: 300, steps: 5 },
          ],
          steady(),
        ],
      ],
    },
  );
}, 120_000);
