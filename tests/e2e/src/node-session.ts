import { createPrivateKey } from 'node:crypto';
import {
  canonicalJson,
  type LeaseAck,
  type NodeFrame,
  type NodeOffer,
  resultsPayload,
  type ServerFrame,
  sessionPayload,
  signText,
  type WireResult,
  type WireTask,
} from '@deai/protocol';
import { waitFor } from '@deai/testkit';
import { WebSocket } from 'ws';
import type { NodeIdentity } from './accounts.ts';

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

/** One WebSocket of a node, with everything that came over it. Nothing is answered unless the test says so. */
export interface NodeSession {
  /** Every frame so far, oldest first. */
  readonly frames: ServerFrame[];
  readonly tasks: WireTask[];
  readonly acks: LeaseAck[];
  /** Resolves when the socket is closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Calls back with each frame from now on. */
  onFrame(listener: (frame: ServerFrame) => void): void;
  /** Sends the hello and waits for the welcome. @throws Error with what the server said instead. */
  hello(options?: { offer?: NodeOffer; holding?: string[]; signature?: string }): Promise<FrameOf<'welcome'>>;
  send(frame: NodeFrame): void;
  /** Sends anything at all. */
  sendRaw(data: string | Buffer): void;
  /** Sends results in one frame, signed by the node's key unless a signature is given. */
  results(results: WireResult[], signature?: string): void;
  /** The first task that `wanted` accepts. */
  task(wanted?: (task: WireTask) => boolean): Promise<WireTask>;
  /** The `count`-th answer about a lease, from 1. */
  ack(leaseId: string, count?: number): Promise<LeaseAck>;
  /** The `count`-th error frame, from 1. */
  error(count?: number): Promise<FrameOf<'error'>['error']>;
  /** Cuts the connection without a word. */
  cut(): Promise<void>;
}

/** A well-formed offer of language identification. */
export function offerOf(changes: Partial<NodeOffer> = {}): NodeOffer {
  return {
    capabilities: [{ kind: 'language-id', models: ['lid-176'], unitsPerSecond: 1_000 }],
    credits: 8,
    memoryMiB: 4_096,
    region: 'local',
    hardware: { cpu: 'simulated', cores: 1, memoryMiB: 4_096 },
    agentVersion: 'e2e',
    ...changes,
  };
}

const GUESS = [{ confidence: 0.98, language: 'en' }];

/** What an honest node would return for a language identification. */
export function resultOf({ taskId, leaseId, input }: WireTask, changes: Partial<WireResult> = {}): WireResult {
  const { texts } = input as { texts: string[] };
  const output = canonicalJson({ results: texts.map(() => GUESS) });
  return { taskId, leaseId, startedAtMs: Date.now(), runMs: 1, units: texts.length, output, ...changes };
}

/** Opens a socket and waits for the challenge. */
export async function openNodeSession(identity: NodeIdentity, url: string = identity.sessionUrl): Promise<NodeSession> {
  const key = createPrivateKey(identity.privateKey);
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
  const frames: ServerFrame[] = [];
  const tasks: WireTask[] = [];
  const acks: LeaseAck[] = [];
  const listeners: ((frame: ServerFrame) => void)[] = [];
  let end: { code: number; reason: string } | undefined;
  let failure: Error | undefined;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      end = { code, reason: String(reason) };
      resolve(end);
    });
  });
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as ServerFrame;
    frames.push(frame);
    if (frame.type === 'assign') tasks.push(...frame.tasks);
    if (frame.type === 'ack') acks.push(...frame.acks);
    for (const listener of listeners) listener(frame);
  });

  const until = <T>(what: string, look: () => T | undefined) =>
    waitFor(() => look() ?? (end ? { ended: true as const } : undefined), { timeoutMs: 15_000, intervalMs: 2, what }).then((found) => {
      const now = look();
      if (now !== undefined) return now;
      throw new Error(`the socket closed (${end?.code} ${end?.reason}) before ${what}`, { cause: found && failure });
    });
  const framesOf = <T extends ServerFrame['type']>(type: T) => frames.filter((frame): frame is FrameOf<T> => frame.type === type);
  const send = (frame: NodeFrame) => socket.send(JSON.stringify(frame));

  const challenge = await until('the challenge', () => framesOf('challenge')[0]);
  return {
    frames,
    tasks,
    acks,
    closed,
    onFrame: (listener) => void listeners.push(listener),
    async hello({ offer = offerOf(), holding = [], signature } = {}) {
      const signed = signature ?? signText(key, sessionPayload(identity.networkId, identity.nodeId, challenge.nonce));
      send({ type: 'hello', nodeId: identity.nodeId, signature: signed, offer, holding });
      return await until('the welcome', () => framesOf('welcome')[0]);
    },
    send,
    sendRaw: (data) => socket.send(data),
    results: (results, signature = signText(key, resultsPayload(results))) => send({ type: 'results', results, signature }),
    task: (wanted = () => true) => until('a task', () => tasks.find(wanted)),
    ack: (leaseId, count = 1) => until(`answer ${count} about the lease`, () => acks.filter((ack) => ack.leaseId === leaseId)[count - 1]),
    error: (count = 1) => until(`error ${count}`, () => framesOf('error')[count - 1]?.error),
    async cut() {
      socket.terminate();
      await closed;
    },
  };
}
