import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cleanUpAtEnd } from '@deai/testkit';
import { type WebSocket, WebSocketServer } from 'ws';

/** A network in front of a real one, whose WebSocket sends more updates than the real one makes on a small machine. */
export interface FloodServer {
  url: string;
  /** Updates sent so far. */
  sent(): number;
  /** Sockets that updates went to so far: one that is cut and opened again is two. */
  connections(): number;
}

/** A burst's length in ms: that of the realtime service, which sends what comes within it as one message to who takes batches. */
const BURST_MS = 10;
const STATES = ['assigned', 'in_progress', 'completed'] as const;

/** Everything but `/ws` is answered by the network at `target`. @param ids of the tasks that change, all of them all the time */
export async function startFloodServer(target: string, ids: readonly string[], perSecond: number): Promise<FloodServer> {
  const server = createServer((incoming, outgoing) => forward(target, incoming, outgoing));
  const sockets = new WebSocketServer({ server, path: '/ws', perMessageDeflate: false });
  let sent = 0;
  let connections = 0;

  function flood(socket: WebSocket, batches: boolean): void {
    connections++;
    const begun = performance.now();
    let own = 0;
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond);
      const frames: string[] = [];
      for (; own < due; own++) frames.push(update(ids[own % ids.length] as string, ++sent));
      if (batches) socket.send(`[${frames.join()}]`);
      else for (const frame of frames) socket.send(frame);
    }, BURST_MS);
    socket.on('close', () => clearInterval(timer));
  }
  sockets.on('connection', (socket, { url }) => {
    const batches = new URL(url ?? '', target).searchParams.get('batch') === '1';
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; topics?: unknown[] };
      if (frame.type === 'auth') socket.send(JSON.stringify({ type: 'ready', userId: 'somebody' }));
      if (frame.type === 'ping') socket.send('{"type":"pong"}');
      if (frame.type !== 'subscribe') return;
      socket.send(JSON.stringify({ type: 'subscribed', id: '0', topics: frame.topics, complete: true }));
      flood(socket, batches);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUpAtEnd(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent: () => sent, connections: () => connections };
}

function update(id: string, number: number): string {
  const status = STATES[number % STATES.length];
  const data = { task_id: id, status, progress: (number % 100) / 100, estimated_completion: null, node_id: null, attempt: 1 };
  return JSON.stringify({ type: 'task_update', id: number.toString(36).padStart(12, '0'), at: new Date().toISOString(), data });
}

function forward(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers, url } = incoming;
  const outer = request(new URL(url ?? '/', target), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  outer.on('error', () => outgoing.destroy());
  incoming.pipe(outer);
}
