import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import {
  type HelloFrame,
  type LeaseAck,
  NodeFrame,
  newId,
  parsePublicKey,
  type ResultsFrame,
  resultsPayload,
  type ServerFrame,
  sessionPayload,
  verifyText,
  type WireResult,
  type WireTask,
} from '@deai/protocol';
import { Compile } from 'typebox/compile';
import { type WebSocket, WebSocketServer } from 'ws';
import { listenLocal } from '../local/listen.ts';

const isNodeFrame = Compile(NodeFrame);

/** One session as the server saw it. */
export interface PlayedSession {
  readonly hello: HelloFrame;
  readonly frames: NodeFrame[];
  send(frame: ServerFrame | string): void;
  assign(...tasks: WireTask[]): void;
  drop(): void;
}

/** What a test may change of the server's behaviour. */
export interface PlayRules {
  heartbeatMs: number;
  networkId: string;
  apiKey: string;
  /** Answer to a result; nothing is sent when it gives undefined. */
  ack(result: WireResult): LeaseAck | undefined;
  /** Leases of a hello to drop. */
  dropOf(holding: readonly string[]): string[];
  /** The node ids it forgot are refused at hello. */
  forgotten: Set<string>;
  /** Answers to pings and challenges; false plays a dead server. */
  alive: boolean;
}

/** Plays the server's side of the node protocol over real HTTP and WebSocket, and checks every signature. Port 0 takes a free one. */
export async function startPlayServer(changes: Partial<PlayRules> = {}, wantedPort = 0) {
  const rules: PlayRules = {
    heartbeatMs: 200,
    networkId: 'test-net',
    apiKey: 'operator-key',
    ack: ({ leaseId }) => ({ leaseId, accepted: true }),
    dropOf: () => [],
    forgotten: new Set(),
    alive: true,
    ...changes,
  };
  const nodes = new Map<string, { nodeId: string; key: KeyObject }>();
  const sessions: PlayedSession[] = [];
  const results: WireResult[] = [];
  const problems: string[] = [];
  let registrations = 0;

  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.setHeader('content-type', 'application/json');
    if (request.headers.authorization !== `Bearer ${rules.apiKey}`) {
      return response.writeHead(401).end(JSON.stringify({ error: { code: 'UNAUTHENTICATED', message: 'no' } }));
    }
    const { publicKey } = JSON.parse(Buffer.concat(chunks).toString()) as { publicKey: string };
    const key = parsePublicKey(publicKey);
    if (!key) return response.writeHead(400).end('{}');
    registrations++;
    const known = nodes.get(publicKey);
    const node = known && !rules.forgotten.has(known.nodeId) ? known : { nodeId: newId(), key };
    nodes.set(publicKey, node);
    response.end(JSON.stringify({ nodeId: node.nodeId, networkId: rules.networkId, sessionUrl: `ws://127.0.0.1:${port}/node` }));
    return undefined;
  });
  const { port, close } = await listenLocal(http, wantedPort, '127.0.0.1');
  const sockets = new WebSocketServer({ server: http, path: '/node', autoPong: false });

  sockets.on('connection', (socket) => {
    const nonce = newId();
    const say = (frame: ServerFrame | string) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    let session: PlayedSession | undefined;
    socket.on('ping', () => rules.alive && socket.pong());
    if (rules.alive) say({ type: 'challenge', nonce, networkId: rules.networkId, serverTimeMs: Date.now() });
    socket.on('message', (data) => {
      const frame: unknown = JSON.parse(data.toString());
      if (!isNodeFrame.Check(frame)) {
        problems.push(`not a node frame: ${data.toString().slice(0, 300)}`);
        return;
      }
      if (frame.type === 'hello') session = greet(socket, frame, nonce, say);
      session?.frames.push(frame);
      if (frame.type === 'results' && session) take(session.hello.nodeId, frame, say);
    });
  });

  function nodeOf(nodeId: string) {
    return [...nodes.values()].find((node) => node.nodeId === nodeId);
  }

  function greet(socket: WebSocket, hello: HelloFrame, nonce: string, say: (frame: ServerFrame) => void): PlayedSession | undefined {
    const node = nodeOf(hello.nodeId);
    if (!node || rules.forgotten.has(hello.nodeId)) {
      say({ type: 'error', error: { code: 'NODE_NOT_FOUND', message: 'There is no such node.' } });
      socket.close(4401);
      return undefined;
    }
    if (!verifyText(node.key, sessionPayload(rules.networkId, hello.nodeId, nonce), hello.signature)) {
      problems.push('the signature of hello is wrong');
    }
    const session: PlayedSession = {
      hello,
      frames: [],
      send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
      assign: (...tasks) => socket.send(JSON.stringify({ type: 'assign', tasks })),
      drop: () => socket.terminate(),
    };
    const drop = rules.dropOf(hello.holding);
    say({ type: 'welcome', sessionId: newId(), nodeId: hello.nodeId, heartbeatMs: rules.heartbeatMs, drop });
    sessions.push(session);
    return session;
  }

  function take(nodeId: string, frame: ResultsFrame, say: (frame: ServerFrame) => void): void {
    const node = nodeOf(nodeId);
    if (!node || !verifyText(node.key, resultsPayload(frame.results), frame.signature)) problems.push('a results signature is wrong');
    results.push(...frame.results);
    const acks = frame.results.flatMap((result) => rules.ack(result) ?? []);
    if (acks.length > 0) say({ type: 'ack', acks });
  }

  return {
    url: `http://127.0.0.1:${port}`,
    rules,
    sessions,
    /** Every result that arrived, in order, again where it was sent again. */
    results,
    problems,
    get registrations() {
      return registrations;
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await close();
    },
  };
}

export type PlayServer = Awaited<ReturnType<typeof startPlayServer>>;
