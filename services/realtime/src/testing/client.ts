import type { ClientFrame, RealtimeFrame, Topic } from '@deai/protocol';
import { WebSocket } from 'ws';

type Frame<T extends RealtimeFrame['type']> = Extract<RealtimeFrame, { type: T }>;

/** A client that remembers every frame. */
export interface Client {
  socket: WebSocket;
  frames: RealtimeFrame[];
  send(frame: ClientFrame | object): void;
  /** The first frame of the type not taken before; waits for it. */
  take<T extends RealtimeFrame['type']>(type: T): Promise<Frame<T>>;
  /** Subscribes and waits for `subscribed`. */
  subscribe(topics: Topic[], after?: string): Promise<Frame<'subscribed'>>;
  /** Resolves when `condition` holds after some frame. */
  until(condition: () => boolean): Promise<void>;
  closed: Promise<{ code: number; reason: string }>;
}

/** Opens a socket; waits for it, not for `ready`. */
export async function openClient(url: string, token?: string, headers: Record<string, string> = {}): Promise<Client> {
  const socket = new WebSocket(url, { headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } });
  const frames: RealtimeFrame[] = [];
  const taken = new Set<RealtimeFrame>();
  let waiting: (() => void)[] = [];
  const { promise: closed, resolve: setClosed } = Promise.withResolvers<{ code: number; reason: string }>();
  let over: string | undefined;
  const wake = () => {
    const now = waiting;
    waiting = [];
    for (const go of now) go();
  };
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString()) as RealtimeFrame | RealtimeFrame[];
    frames.push(...(Array.isArray(message) ? message : [message]));
    wake();
  });
  socket.on('close', (code, reason) => {
    over = `closed with ${code} ${reason}`;
    setClosed({ code, reason: reason.toString() });
    wake();
  });
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (over) throw new Error(`${over}; frames: ${JSON.stringify(frames.slice(-5))}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }
  const client: Client = {
    socket,
    frames,
    closed,
    until,
    send: (frame) => socket.send(JSON.stringify(frame)),
    async take(type) {
      let found: RealtimeFrame | undefined;
      await until(() => {
        found = frames.find((frame) => frame.type === type && !taken.has(frame));
        return found !== undefined;
      });
      taken.add(found as RealtimeFrame);
      return found as Frame<typeof type>;
    },
    subscribe(topics, after) {
      client.send({ type: 'subscribe', topics, ...(after === undefined ? {} : { after }) });
      return client.take('subscribed');
    },
  };
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return client;
}
