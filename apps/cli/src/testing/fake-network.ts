import type { ClientFrame, RealtimeFrame, Task, TaskRequest, Topic } from '@deai/protocol';
import { refuse, startTestServer, type TestRequest, type TestServer } from '@deai/sdk/testing';

export const KEY = 'deai_test';
export const USER = { id: 'u1', email: 'ada@example.org', name: 'Ada', roles: ['requester'], createdAt: '2026-01-01T00:00:00.000Z' };

/** A server that answers as a network does, with tasks that end as soon as they are asked for. */
export interface FakeNetwork extends TestServer {
  /** Submitted tasks in their order. */
  readonly tasks: Task[];
  /** How tasks end; the output otherwise repeats the input. */
  ending: Partial<Task>;
}

const HALF = 5n * 10n ** 23n;
const PRICE = { symbol: 'DEAI', usd: '0.25', source: 'fixed', at: USER.createdAt, ageS: 0, stale: false, quorum: 1, sources: [] };
const INPUT = new Map<string, TaskRequest['input']>();

export async function startFakeNetwork(): Promise<FakeNetwork> {
  const server = await startTestServer();
  const tasks: Task[] = [];
  const network: FakeNetwork = Object.assign(server, { tasks, ending: {} });
  const authorised = (handler: (request: TestRequest) => ReturnType<Parameters<TestServer['on']>[1]>) => (request: TestRequest) => {
    const given = request.headers.authorization;
    if (given === 'Bearer expired') return refuse(401, 'TOKEN_EXPIRED');
    return given === `Bearer ${KEY}` || given === 'Bearer access-1' ? handler(request) : refuse(401, 'UNAUTHENTICATED');
  };
  const find = (route: string) => tasks.find(({ id }) => route.split('/')[2] === id);

  function accept(request: TaskRequest) {
    const id = `01890a5d-ac96-774b-bcce-${String(tasks.length).padStart(12, '0')}`;
    INPUT.set(id, request.input);
    tasks.push(newTask(id, request));
    return { id, status: 'pending', quoteYocto: HALF.toString(), predictedStart: null };
  }
  server.on(
    'GET /user/profile',
    authorised(() => ({ body: USER })),
  );
  server.on(
    'POST /tasks/submit',
    authorised(({ body }) => {
      if ((body.kind ?? body.tasks[0].kind) === 'unknown') return refuse(422, 'UNKNOWN_KIND', { hint: 'Known kinds: ocr.' });
      if (body.labels?.poor) return refuse(402, 'INSUFFICIENT_FUNDS');
      return { status: 202, body: body.tasks ? { tasks: body.tasks.map(accept) } : accept(body) };
    }),
  );
  server.on(
    'GET /tasks/*',
    authorised(({ route }) => {
      const task = find(route);
      if (!task) return refuse(404, 'TASK_NOT_FOUND');
      return {
        body: { ...task, status: 'completed', progress: 1, priceYocto: HALF.toString(), output: INPUT.get(task.id), ...network.ending },
      };
    }),
  );
  server.on(
    'GET /tasks/*/events',
    authorised(() => ({ body: { items: [{ at: USER.createdAt, event: 'submitted', attempt: 0, nodeId: null, error: null }] } })),
  );
  server.on(
    'GET /tasks/*/input',
    authorised(({ route }) => {
      const task = find(route);
      return task ? { body: INPUT.get(task.id) ?? {} } : refuse(404, 'TASK_NOT_FOUND');
    }),
  );
  server.on(
    'GET /tasks',
    authorised(({ query }) => ({ body: { items: tasks, nextCursor: query.get('cursor') ? null : 'c1' } })),
  );
  server.on(
    'POST /tasks/cancel',
    authorised(({ body }) =>
      find(`//${body.taskId}`) ? { body: { id: body.taskId, status: 'cancelled' } } : refuse(404, 'TASK_NOT_FOUND'),
    ),
  );
  server.on(
    'POST /tasks/*/retry',
    authorised(({ route }) => {
      const task = find(route);
      if (!task) return refuse(404, 'TASK_NOT_FOUND');
      return { status: 202, body: accept({ kind: task.kind, input: INPUT.get(task.id) ?? {}, labels: { retry_of: task.id } }) };
    }),
  );
  server.on('GET /network/price', () => ({ body: PRICE }));
  server.on(
    'POST /tasks/quote',
    authorised(({ body }) => ({ body: quoteOf(body) })),
  );
  serveSockets(server);
  return network;
}

function quoteOf({ kind }: TaskRequest) {
  const amounts = { totalYocto: HALF.toString(), rewardYocto: HALF.toString(), feeYocto: '0' };
  return {
    kind,
    model: 'm',
    unit: 'page',
    units: 1,
    ...amounts,
    usd: { amount: '0.125', priceAgeS: 4, source: 'median' },
    priceListVersion: 1,
    predictedStart: null,
    capableNodes: { registered: 2, online: 1 },
  };
}

function newTask(id: string, { kind, labels = {}, priority = 'normal' }: TaskRequest): Task {
  const none = { nodeId: null, assignedAt: null, startedAt: null, endedAt: null, estimatedCompletion: null, queueMs: null, runMs: null };
  const unpaid = { unitsUsed: null, priceYocto: null, rewardYocto: null, feeYocto: null, refundYocto: null, outputHash: null, error: null };
  return {
    id,
    kind,
    model: 'm',
    status: 'pending',
    progress: 0,
    priority,
    requesterId: USER.id,
    attempt: 1,
    maxAttempts: 3,
    timeoutMs: 60_000,
    labels,
    createdAt: USER.createdAt,
    ...none,
    unit: 'text',
    unitsQuoted: 1,
    quoteYocto: HALF.toString(),
    ...unpaid,
    verification: 'unverified',
    settlement: 'none',
    inputHash: '00',
  };
}

/** Every task that is watched completes, but those whose id ends in `f` fail; the network topic gives one event. */
function serveSockets(server: TestServer): void {
  server.onSocket((socket) => {
    const send = (frame: RealtimeFrame) => socket.send(JSON.stringify(frame));
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as ClientFrame;
      if (frame.type === 'visit') send({ type: 'ready', userId: null });
      if (frame.type === 'auth') send({ type: 'ready', userId: USER.id });
      if (frame.type !== 'subscribe') return;
      send({ type: 'subscribed', id: '1', topics: frame.topics, complete: true });
      for (const event of frame.topics.flatMap(eventsOf)) send(event);
    });
  });
}

function eventsOf(topic: Topic): RealtimeFrame[] {
  const at = USER.createdAt;
  if (topic.topic === 'network') {
    return [
      {
        type: 'network_stats',
        id: '2',
        at,
        data: {
          active_nodes: 3,
          pending_tasks: 1,
          running_tasks: 2,
          throughput: 4,
          registered_nodes: 4,
          completed_tasks: 5,
          failed_tasks: 0,
          queue_ms_p50: 1,
          queue_ms_p95: 2,
          queues: [],
        },
      },
    ];
  }
  if (topic.topic !== 'task') return [];
  const update = { task_id: topic.id, progress: 0.5, estimated_completion: null, node_id: null, attempt: 1 };
  return [
    { type: 'task_update', id: '3', at, data: { ...update, status: 'in_progress' } },
    { type: 'task_update', id: '4', at, data: { ...update, status: topic.id.endsWith('f') ? 'failed' : 'completed' } },
  ];
}
