import { once } from 'node:events';
import type { ClientFrame, RealtimeFrame } from '@deai/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { type ClientOptions, DeaiClient, type WatchEvent, type WatchOptions } from './index.ts';
import { startTestServer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
/** Frames from the client, by socket. */
let frames: ClientFrame[][];

beforeEach(async () => {
  server = await startTestServer();
  frames = [];
});
afterEach(() => server.close());

const clientOf = (options: Partial<ClientOptions> = {}) =>
  new DeaiClient({ baseUrl: server.url, apiKey: 'deai_key', retries: 1, ...options });
const send = (socket: WebSocket, frame: RealtimeFrame) => socket.send(JSON.stringify(frame));
const stats = (id: string): RealtimeFrame => ({
  type: 'network_stats',
  id,
  at: '2026-01-01T00:00:00.000Z',
  data: {
    active_nodes: 1,
    pending_tasks: 0,
    running_tasks: 0,
    throughput: 1,
    registered_nodes: 4,
    completed_tasks: 5,
    failed_tasks: 0,
    queue_ms_p50: 1,
    queue_ms_p95: 2,
    queues: [],
  },
});
const snapshot = (id: string, taskId: string): RealtimeFrame => ({
  type: 'task_update',
  id,
  at: '2026-01-01T00:00:00.000Z',
  snapshot: true,
  data: { task_id: taskId, status: 'pending', progress: 0, estimated_completion: null, node_id: null, attempt: 0 },
});

/** Serves sockets: `ready` after auth, then the script of the socket's number at its subscription. */
function serve(...scripts: ((socket: WebSocket, subscribe: Extract<ClientFrame, { type: 'subscribe' }>) => void)[]): void {
  server.onSocket((socket, index) => {
    const mine: ClientFrame[] = [];
    frames[index] = mine;
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as ClientFrame;
      mine.push(frame);
      if (frame.type === 'visit') send(socket, { type: 'ready', userId: null });
      if (frame.type === 'auth') send(socket, { type: 'ready', userId: 'u' });
      if (frame.type === 'subscribe') scripts[index]?.(socket, frame);
    });
  });
}

async function collect(client: DeaiClient, count: number, options: Partial<WatchOptions> = {}): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of client.watch({ topics: [{ topic: 'network' }], ...options })) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}
const live = (socket: WebSocket, id: string, complete = true) =>
  send(socket, { type: 'subscribed', id, topics: [{ topic: 'network' }], complete });

describe('watch', () => {
  it('authenticates, subscribes and yields events; leaving the loop closes the socket', async () => {
    let closed: Promise<unknown> | undefined;
    serve((socket) => {
      closed = once(socket, 'close');
      live(socket, '0');
      send(socket, stats('1'));
      send(socket, stats('2'));
    });
    const events = await collect(clientOf(), 2);
    expect(events.map(({ id }) => id)).toEqual(['1', '2']);
    expect(frames[0]).toEqual([
      { type: 'auth', token: 'deai_key' },
      { type: 'subscribe', topics: [{ topic: 'network' }] },
    ]);
    await closed;
  });

  it('takes events that come as one message', async () => {
    serve((socket) => {
      live(socket, '0');
      socket.send(JSON.stringify([stats('1'), 7, stats('2'), stats('3')]));
    });
    const events = await collect(clientOf(), 3);
    expect(events.map(({ id }) => id)).toEqual(['1', '2', '3']);
  });

  it('goes on after the last event when the connection breaks', async () => {
    const onInterrupted = vi.fn();
    serve(
      (socket) => {
        live(socket, '0');
        send(socket, stats('1'));
        send(socket, stats('2'));
        socket.close();
      },
      (socket, { after }) => {
        expect(after).toBe('2');
        send(socket, stats('3'));
        live(socket, '3');
      },
    );
    const events = await collect(clientOf(), 3, { onInterrupted });
    expect(events.map(({ id }) => id)).toEqual(['1', '2', '3']);
    expect(onInterrupted).toHaveBeenCalledOnce();
  });

  it('starts after the event it is given', async () => {
    serve((socket) => send(socket, stats('8')));
    await collect(clientOf(), 1, { after: '7' });
    expect(frames[0]?.[1]).toMatchObject({ after: '7' });
  });

  it('does not resume in the middle of snapshots, which share one id', async () => {
    serve(
      (socket) => {
        send(socket, snapshot('5', 'a'));
        socket.close();
      },
      (socket) => {
        send(socket, snapshot('6', 'a'));
        send(socket, snapshot('6', 'b'));
        live(socket, '6');
        socket.close();
      },
      (socket) => send(socket, stats('7')),
    );
    await collect(clientOf(), 4);
    expect(frames.map((sent) => (sent[1] as { after?: string }).after)).toEqual([undefined, undefined, '6']);
  });

  it('resumes from the new place after events were lost', async () => {
    serve(
      (socket) => {
        live(socket, '0');
        send(socket, stats('1'));
        socket.close();
      },
      (socket) => {
        send(socket, snapshot('5', 'a'));
        live(socket, '5', false);
        socket.close();
      },
      (socket) => send(socket, stats('7')),
    );
    await collect(clientOf(), 3);
    expect(frames.map((sent) => (sent[1] as { after?: string }).after)).toEqual([undefined, '1', '5']);
  });

  it('says when events were lost', async () => {
    const onLive = vi.fn();
    serve((socket) => {
      live(socket, '8', false);
      send(socket, stats('9'));
    });
    await collect(clientOf(), 1, { after: '1', onLive });
    expect(onLive).toHaveBeenCalledWith({ complete: false });
  });

  it('ends quietly at its signal, also while it waits to reconnect', async () => {
    const controller = new AbortController();
    serve((socket) => {
      live(socket, '0');
      socket.close();
    });
    const events = collect(clientOf(), 1, { signal: controller.signal, onInterrupted: () => controller.abort() });
    await expect(events).resolves.toEqual([]);
  });

  it('throws what the server refuses', async () => {
    serve((socket) => send(socket, { type: 'error', error: { code: 'TASK_NOT_FOUND', message: 'no such task' } }));
    await expect(collect(clientOf(), 1)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND', message: 'no such task' });
  });

  it('comes back when the server is overloaded', async () => {
    serve(
      (socket) => send(socket, { type: 'error', error: { code: 'OVERLOADED', message: 'later' } }),
      (socket) => send(socket, stats('1')),
    );
    await expect(collect(clientOf(), 1)).resolves.toHaveLength(1);
  });

  it('refreshes an expired token and connects again at once', async () => {
    server.on('POST /auth/refresh', () => ({ body: { accessToken: 'new', refreshToken: 'r2' } }));
    server.onSocket((socket) =>
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as ClientFrame;
        if (frame.type === 'auth' && frame.token !== 'new') {
          send(socket, { type: 'error', error: { code: 'TOKEN_EXPIRED', message: 'expired' } });
          socket.close(4401);
        } else send(socket, frame.type === 'auth' ? { type: 'ready', userId: 'u' } : stats('1'));
      }),
    );
    const onInterrupted = vi.fn();
    const client = clientOf({ tokens: { accessToken: 'old', refreshToken: 'r1' } });
    await expect(collect(client, 1, { onInterrupted })).resolves.toHaveLength(1);
    expect(onInterrupted).not.toHaveBeenCalled();
  });

  it('gives up after its retries when there never was a connection', async () => {
    const client = clientOf();
    await server.close();
    await expect(collect(client, 1)).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    server = await startTestServer();
  });

  it('notices a connection that went silent, and opens another', async () => {
    serve(
      (socket) => live(socket, '0'),
      (socket) => send(socket, stats('1')),
    );
    await expect(collect(clientOf(), 1, { pingMs: 40 })).resolves.toHaveLength(1);
    expect(frames[0]?.at(-1)).toEqual({ type: 'ping' });
  });

  it('needs no credential for what is public, and resumes as any', async () => {
    serve(
      (socket) => {
        live(socket, '0');
        send(socket, stats('1'));
        socket.close();
      },
      (socket) => send(socket, stats('2')),
    );
    const topics = [{ topic: 'network' }, { topic: 'settlement' }] as const;
    expect((await collect(clientOf({ apiKey: undefined }), 2, { topics })).map(({ id }) => id)).toEqual(['1', '2']);
    expect(frames).toEqual([
      [{ type: 'visit' }, { type: 'subscribe', topics }],
      [{ type: 'visit' }, { type: 'subscribe', topics, after: '1' }],
    ]);
  });

  it('needs a credential for everything else', async () => {
    const topics = [{ topic: 'network' }, { topic: 'tasks' }] as const;
    await expect(collect(clientOf({ apiKey: undefined }), 1, { topics })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(frames).toEqual([]);
  });

  it('loses nothing when the reader is slower than the sender', async () => {
    const all = Array.from({ length: 25_000 }, (_, i) => String(i).padStart(6, '0'));
    const closed: Promise<unknown>[] = [];
    const rest = (socket: WebSocket, { after }: { after?: string }) => {
      closed.push(once(socket, 'close'));
      live(socket, after ?? '0');
      for (const id of all) if (after === undefined || id > after) send(socket, stats(id));
    };
    serve(rest, rest, rest, rest);
    const seen: string[] = [];
    for await (const { id } of clientOf().watch({ topics: [{ topic: 'network' }] })) {
      // The reader stands still until the first socket is given up for too many unread frames.
      if (seen.length === 0) await closed[0];
      seen.push(id);
      if (seen.length === all.length) break;
    }
    expect(seen).toEqual(all);
    expect(frames.length).toBeGreaterThan(1);
  });
});
