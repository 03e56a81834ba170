import { newId } from '@deai/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSession, sampleTask } from '../testing/samples.ts';
import { hasRoom } from './node-pool.ts';
import { createScheduler } from './scheduler.ts';

const make = () => createScheduler({ leaseSlackMs: 30_000, now: () => 1_000 });

test('places an arriving task on a free node at once, and queues when all credits are spent', () => {
  const scheduler = make();
  const node = scheduler.openSession(sampleSession({ credits: 1 }));
  const first = scheduler.place(sampleTask());
  expect(first?.lease.nodeId).toBe(node.nodeId);
  expect(first?.lease.task.attempt).toBe(1);
  expect(scheduler.place(sampleTask())).toBeUndefined();
  expect(hasRoom(node, sampleTask().classKey)).toBe(false);
});

test('gives no task to a node that lacks the model, the memory or the region', () => {
  const scheduler = make();
  scheduler.openSession(sampleSession());
  const lacking = [
    { kind: 'language-id' as const, model: 'other', memoryMiB: 1, region: '' },
    { kind: 'language-id' as const, model: 'lid-176', memoryMiB: 9_999, region: '' },
    { kind: 'language-id' as const, model: 'lid-176', memoryMiB: 1, region: 'mars' },
  ];
  for (const needs of lacking) expect(scheduler.place(sampleTask({ needs, classKey: JSON.stringify(needs) }))).toBeUndefined();
});

test('an arriving task does not overtake one that waits', () => {
  const scheduler = make();
  const early = sampleTask();
  scheduler.enqueue(early);
  const node = scheduler.openSession(sampleSession({ credits: 1 }));
  expect(scheduler.place(sampleTask())).toBeUndefined();
  expect(scheduler.fillNode(node).map((p) => p.lease.task.id)).toEqual([early.id]);
});

test('prefers the node that should finish first', () => {
  const scheduler = make();
  const slow = scheduler.openSession(sampleSession({ credits: 8 }));
  const fast = scheduler.openSession(sampleSession({ credits: 8 }));
  slow.runMs.set(sampleTask().classKey, 4_000);
  fast.runMs.set(sampleTask().classKey, 100);
  const chosen = Array.from({ length: 6 }, () => scheduler.place(sampleTask())?.lease.nodeId);
  expect(chosen.every((id) => id === fast.nodeId)).toBe(true);
});

test('quick tasks of one round share a node, slow ones are spread', () => {
  for (const [runMs, nodesUsed] of [
    [0.01, 1],
    [1_000, 4],
  ] as const) {
    const scheduler = make();
    const nodes = Array.from({ length: 4 }, () => scheduler.openSession(sampleSession({ credits: 8 })));
    for (const node of nodes) node.runMs.set(sampleTask().classKey, runMs);
    const round = new Map();
    const chosen = Array.from({ length: 8 }, () => scheduler.place(sampleTask(), round)?.lease.nodeId);
    expect(new Set(chosen).size).toBe(nodesUsed);
  }
});

test('a node that takes ten times as long gets a tenth of the tasks', () => {
  const scheduler = make();
  const [slow, fast] = [scheduler.openSession(sampleSession({ credits: 200 })), scheduler.openSession(sampleSession({ credits: 200 }))];
  slow.runMs.set(sampleTask().classKey, 1_000);
  fast.runMs.set(sampleTask().classKey, 100);
  for (let i = 0; i < 110; i++) scheduler.place(sampleTask());
  expect(slow.inFlight).toBeGreaterThanOrEqual(8);
  expect(slow.inFlight).toBeLessThanOrEqual(12);
});

test('matching among 2,000 nodes of 50 capability sets finds a node for each task at a cost that does not grow with them', () => {
  const models = Array.from({ length: 50 }, (_, i) => `model-${i}`);
  const needsOf = (model: string) => ({ kind: 'language-id' as const, model, memoryMiB: 1, region: '' });
  const taskOf = (model: string) => sampleTask({ needs: needsOf(model), classKey: `language-id/${model}/1/` });
  const crowd = (nodes: number) => {
    const scheduler = make();
    for (let i = 0; i < nodes; i++) {
      const session = sampleSession({ credits: 64 });
      const [capability] = session.offer.capabilities;
      const offered = [models[i % 50] as string, models[(i * 7 + 1) % 50] as string];
      scheduler.openSession({ ...session, offer: { ...session.offer, capabilities: [{ ...capability, models: offered } as never] } });
    }
    return scheduler;
  };
  const usPerTask = (nodes: number) => {
    const scheduler = crowd(nodes);
    const tasks = Array.from({ length: 2_000 }, (_, i) => taskOf(models[i % 50] as string));
    const begun = performance.now();
    for (const task of tasks) {
      const placement = scheduler.place(task);
      expect(placement?.session.offer.capabilities[0]?.models).toContain(task.needs.model);
      scheduler.release(placement?.lease.leaseId ?? '', 1);
    }
    return ((performance.now() - begun) * 1_000) / tasks.length;
  };
  usPerTask(100);
  const [few, many] = [usPerTask(100), usPerTask(2_000)];
  // Ten times is far above the noise of a machine at work, and far below twenty, which a search of all nodes would cost.
  expect(many).toBeLessThan(10 * few + 50);
});

test("a task that was handed out before comes before its requester's others", () => {
  const scheduler = make();
  const [first, second, third] = [sampleTask(), sampleTask(), sampleTask()];
  for (const task of [first, second, third]) scheduler.enqueue(task);
  const node = scheduler.openSession(sampleSession({ credits: 1 }));
  const [placement] = scheduler.fillNode(node);
  scheduler.release(placement?.lease.leaseId ?? '');
  scheduler.requeue(first);
  const order = [first, second, third].map(() => {
    const [next] = scheduler.fillNode(node);
    scheduler.release(next?.lease.leaseId ?? '');
    return next?.lease.task.id;
  });
  expect(order).toEqual([first.id, second.id, third.id]);
});

test('a task that failed on a node goes to another one while there is any', () => {
  const scheduler = make();
  const failed = scheduler.openSession(sampleSession({ credits: 1 }));
  const task = sampleTask({ avoid: [failed.nodeId] });
  const other = scheduler.openSession(sampleSession({ credits: 1 }));
  scheduler.enqueue(task);
  expect(scheduler.fillNode(failed)).toEqual([]);
  expect(scheduler.fillNode(other).map((p) => p.lease.task.id)).toEqual([task.id]);
});

test('a slow kind does not take more of a node than its capability holds', () => {
  const scheduler = make();
  const session = sampleSession({ credits: 8 });
  const [languageId] = session.offer.capabilities;
  const ocr = { kind: 'ocr', models: ['tesseract-eng'], unitsPerSecond: 1, credits: 2 };
  scheduler.openSession({ ...session, offer: { ...session.offer, capabilities: [ocr, { ...languageId, credits: 4 } as typeof ocr] } });
  const page = () => sampleTask({ kind: 'ocr', needs: { kind: 'ocr', model: 'tesseract-eng', memoryMiB: 1, region: '' } });
  const placed = (make: () => ReturnType<typeof sampleTask>) =>
    Array.from({ length: 8 }, () => scheduler.place(make())).filter(Boolean).length;
  expect(placed(page)).toBe(2);
  expect(placed(sampleTask)).toBe(4);
});

test('a draining node keeps its leases and gets no new ones', () => {
  const scheduler = make();
  const session = sampleSession({ credits: 4 });
  scheduler.openSession(session);
  expect(scheduler.place(sampleTask())).toBeDefined();
  const node = scheduler.openSession({ ...session, accepting: false });
  expect(node.inFlight).toBe(1);
  expect(scheduler.place(sampleTask())).toBeUndefined();
});

test('a withdrawn task is never placed', () => {
  const scheduler = make();
  const task = sampleTask();
  scheduler.enqueue(task);
  expect(scheduler.withdraw(task.id)).toBe(task);
  expect(scheduler.withdraw(task.id)).toBeUndefined();
  expect(scheduler.fillNode(scheduler.openSession(sampleSession()))).toEqual([]);
});

test('credits are never exceeded and no task is leased twice, whatever happens', () => {
  const act = fc.record({
    what: fc.constantFrom('submit', 'open', 'close', 'finish', 'withdraw'),
    pick: fc.nat(20),
    credits: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 150 }), (acts) => {
      const scheduler = make();
      const nodeIds = [newId(), newId(), newId()];
      const fill = () => [...scheduler.nodes.values()].flatMap((node) => scheduler.fillNode(node));
      for (const { what, pick, credits } of acts) {
        const nodeId = nodeIds[pick % 3] as string;
        const session = scheduler.nodes.get(nodeId)?.session;
        const lease = [...scheduler.leases.values()][pick];
        if (what === 'submit') {
          const task = sampleTask();
          if (!scheduler.place(task)) scheduler.enqueue(task);
        } else if (what === 'open' && !session) scheduler.openSession(sampleSession({ nodeId, credits }));
        else if (what === 'close' && session) scheduler.closeSession(nodeId, session.sessionId);
        else if (what === 'finish' && lease) scheduler.release(lease.leaseId, 5);
        else if (what === 'withdraw' && lease) scheduler.withdraw(lease.task.id);
        fill();
        for (const node of scheduler.nodes.values()) {
          expect(node.inFlight).toBe(scheduler.leasesOfNode(node.nodeId).length);
        }
        for (const { nodes, credits, key } of scheduler.classes.values()) {
          expect(credits).toBe([...nodes].reduce((sum, node) => sum + (node.slots.get(key)?.credits ?? 0), 0));
        }
        const leased = [...scheduler.leases.values()].map((l) => l.task.id);
        expect(new Set(leased).size).toBe(leased.length);
        const free = [...scheduler.nodes.values()].some((node) => hasRoom(node, sampleTask().classKey));
        if (free) expect(scheduler.waiting).toBe(0);
      }
    }),
  );
});
