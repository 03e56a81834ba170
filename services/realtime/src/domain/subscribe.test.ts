import { newId, type RealtimeFrame, type TaskChange, type Topic } from '@deai/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aPrincipal } from '../testing/world.ts';
import { createHub, type Hub } from './hub.ts';
import type { StateSource } from './ports.ts';
import { type Subscriber, subscribe } from './subscribe.ts';

const taskId = newId();
const principal = aPrincipal(newId());
const TOPICS: Topic[] = [{ topic: 'task', id: taskId }];

/** Numbered by `attempt`. */
function aChange(number: number): TaskChange {
  const rest = { state: 'in_progress', progress: 0, nodeId: null, estimatedCompletionMs: null } as const;
  return { taskId, requesterId: principal.userId, attempt: number, ...rest };
}

function aSubscriber(hub: Hub, roomTurns: number) {
  const frames: RealtimeFrame[] = [];
  const subscriber: Subscriber = {
    caller: principal,
    open: true,
    delivered: 0,
    send: (frame) => void frames.push(JSON.parse(frame.toString()) as RealtimeFrame),
    room: () => turns(roomTurns),
    activate: (topic) => hub.enter(topic, principal, subscriber),
    expectAfter: () => {},
    deliver: (_update, frame) => subscriber.send(frame),
  };
  return { frames, subscriber };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await null;
}

/** How many changes, and how many microtasks of the event loop between the steps. */
interface Steps {
  before: number;
  during: number;
  beforeAsking: number;
  afterReading: number;
  roomTurns: number;
}
const interleaving: fc.Arbitrary<Steps> = fc.record({
  before: fc.integer({ min: 1, max: 5_000 }),
  during: fc.integer({ min: 1, max: 40 }),
  beforeAsking: fc.integer({ min: 0, max: 10 }),
  afterReading: fc.integer({ min: 0, max: 10 }),
  roomTurns: fc.integer({ min: 0, max: 10 }),
});

/** Subscribes while something is published between any two steps, and tells the numbers in the order they were sent. */
async function run(steps: Steps, resumes: boolean) {
  const hub = createHub({ changes: 100_000, bytes: 1e9 });
  const { frames, subscriber } = aSubscriber(hub, steps.roomTurns);
  let newest = 0;
  const publish = () => hub.accept({ kind: 'task', atMs: 0, change: aChange(++newest) });
  const source: Partial<StateSource> = {
    async task() {
      await turns(steps.beforeAsking);
      const state = aChange(newest);
      await turns(steps.afterReading);
      return state;
    },
  };
  publish();
  const after = hub.clock.idOf(hub.clock.last);
  for (let i = 0; i < steps.before; i++) publish();
  const subscribing = subscribe(hub, source as StateSource, subscriber, { topics: TOPICS, ...(resumes ? { after } : {}) });
  for (let i = 0; i < steps.during; i++) {
    publish();
    await null;
  }
  await subscribing;
  publish();
  const updates = frames.filter((frame) => frame.type === 'task_update');
  return { newest, ids: updates.map(({ id }) => id), numbers: updates.map(({ data }) => data.attempt), first: updates[0] };
}

test('a resumed topic has no gap and no duplicate, whatever is published between any two steps', async () => {
  await fc.assert(
    fc.asyncProperty(interleaving, async (steps) => {
      const { newest, numbers, ids } = await run(steps, true);
      expect(numbers).toEqual(Array.from({ length: newest - 1 }, (_, i) => i + 2));
      expect(ids).toEqual([...new Set(ids)].sort());
    }),
    { numRuns: 60 },
  );
});

test('a fresh topic goes on from its snapshot without gap, whatever is published between any two steps', async () => {
  await fc.assert(
    fc.asyncProperty(interleaving, async (steps) => {
      const { newest, numbers, ids, first } = await run(steps, false);
      expect(first).toHaveProperty('snapshot', true);
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => newest - numbers.length + 1 + i));
      expect(ids).toEqual([...new Set(ids)].sort());
    }),
    { numRuns: 60 },
  );
});
