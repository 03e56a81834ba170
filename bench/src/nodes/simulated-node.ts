import { createPrivateKey } from 'node:crypto';
import {
  canonicalJson,
  ERRORS,
  isErrorCode,
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
import { WebSocket } from 'ws';
import { nowMs } from '../measure/clock.ts';
import type { NodeIdentity } from '../network/accounts.ts';

/** How every node behaves. */
export interface NodeBehaviour {
  /** Address of the WebSocket. */
  sessionUrl: string;
  credits: number;
  serviceMs: number;
  reports: boolean;
}

/** What the nodes of a process saw, told by each of them. */
export interface NodeObserver {
  assigned(tasks: WireTask[], atMs: number): void;
  answered(ack: LeaseAck, atMs: number): void;
  /** The session ended though nobody asked for it. */
  lost(why: string): void;
}

const RETRY_MS = 200;

/** Opens one node's session. Resolves with the time from starting to connect to the welcome, in milliseconds. */
export function connectNode(identity: NodeIdentity, behaviour: NodeBehaviour, observer: NodeObserver): Promise<number> {
  const key = createPrivateKey(identity.privateKey);
  const startedAt = nowMs();
  const socket = new WebSocket(behaviour.sessionUrl, { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
  const send = (frame: NodeFrame) => socket.send(JSON.stringify(frame));
  const worker = createWorker(behaviour, observer, (text) => signText(key, text), send);

  return new Promise((resolve, reject) => {
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      switch (frame.type) {
        case 'challenge': {
          const signature = signText(key, sessionPayload(identity.networkId, identity.nodeId, frame.nonce));
          return send({ type: 'hello', nodeId: identity.nodeId, signature, offer: offerOf(behaviour.credits), holding: [] });
        }
        case 'welcome':
          worker.beat(frame.heartbeatMs);
          return resolve(nowMs() - startedAt);
        case 'assign':
          return worker.take(frame.tasks);
        case 'ack':
          return worker.acknowledged(frame.acks);
        case 'error':
          return reject(new Error(`${frame.error.code}: ${frame.error.message}`));
      }
    });
    socket.on('error', reject);
    socket.on('close', (code, reason) => {
      worker.stop();
      observer.lost(`${code} ${String(reason)}`);
      reject(new Error(`closed before the welcome: ${code} ${String(reason)}`));
    });
  });
}

function offerOf(credits: number): NodeOffer {
  return {
    capabilities: [{ kind: 'language-id', models: ['lid-176'], unitsPerSecond: 1_000 }],
    credits,
    memoryMiB: 1_024,
    region: 'bench',
    hardware: { cpu: 'simulated', cores: 1, memoryMiB: 1_024 },
    agentVersion: 'bench',
  };
}

interface Worker {
  take(tasks: WireTask[]): void;
  acknowledged(acks: LeaseAck[]): void;
  beat(everyMs: number): void;
  stop(): void;
}

/** Does the tasks of one node: what is finished together goes out in one signed frame. */
function createWorker(
  { serviceMs, reports }: NodeBehaviour,
  observer: NodeObserver,
  sign: (text: string) => string,
  send: (frame: NodeFrame) => void,
): Worker {
  /** Sent or about to be, until the server took them. */
  const unacknowledged = new Map<string, WireResult>();
  let finished: WireResult[] = [];
  let flushing = false;
  let heartbeat: NodeJS.Timeout | undefined;
  let completed = 0;

  function flush(): void {
    flushing = false;
    const results = finished;
    finished = [];
    if (results.length > 0) send({ type: 'results', results, signature: sign(resultsPayload(results)) });
  }
  function finish(results: WireResult[]): void {
    finished.push(...results);
    if (flushing) return;
    flushing = true;
    setImmediate(flush);
  }
  return {
    take(tasks) {
      observer.assigned(tasks, nowMs());
      const startedAtMs = Date.now();
      if (reports) send({ type: 'report', started: tasks.map(({ leaseId }) => ({ leaseId, startedAtMs })) });
      const results = tasks.map((task) => resultOf(task, startedAtMs, serviceMs));
      for (const result of results) unacknowledged.set(result.leaseId, result);
      if (serviceMs === 0) finish(results);
      else setTimeout(finish, serviceMs, results);
    },
    acknowledged(acks) {
      const atMs = nowMs();
      for (const ack of acks) {
        const result = unacknowledged.get(ack.leaseId);
        // A report that was refused: the result will tell.
        if (!result) continue;
        observer.answered(ack, atMs);
        const code = ack.code ?? '';
        if (!ack.accepted && isErrorCode(code) && ERRORS[code].retryable) setTimeout(finish, RETRY_MS, [result]);
        else unacknowledged.delete(ack.leaseId);
        if (ack.accepted) completed++;
      }
    },
    beat(everyMs) {
      const startedAt = nowMs();
      heartbeat = setInterval(() => {
        const running = unacknowledged.size;
        const uptimeS = (nowMs() - startedAt) / 1000;
        const metrics = {
          cpuPercent: 0,
          memoryUsedMiB: 0,
          memoryTotalMiB: 1_024,
          running,
          queued: 0,
          spooled: 0,
          completed,
          failed: 0,
          uptimeS,
        };
        send({ type: 'heartbeat', metrics });
      }, everyMs);
    },
    stop: () => clearInterval(heartbeat),
  };
}

const GUESS = [{ confidence: 0.98, language: 'en' }];
const OUTPUTS = new Map<number, string>();

/** The kind's own shape, in canonical JSON: the server checks both. */
function outputFor(input: unknown): string {
  const { length } = (input as { texts: string[] }).texts;
  const known = OUTPUTS.get(length) ?? canonicalJson({ results: Array.from({ length }, () => GUESS) });
  OUTPUTS.set(length, known);
  return known;
}

function resultOf({ taskId, leaseId, input }: WireTask, startedAtMs: number, runMs: number): WireResult {
  return { taskId, leaseId, startedAtMs, runMs, units: (input as { texts: string[] }).texts.length, output: outputFor(input) };
}
