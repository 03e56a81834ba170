import { createPrivateKey } from 'node:crypto';
import { type NodeFrame, type NodeOffer, type ServerFrame, sessionPayload, signText } from '@deai/protocol';
import { WebSocket } from 'ws';
import { nowMs } from '../measure/clock.ts';
import type { NodeIdentity } from '../network/accounts.ts';
import { createWorker, type NodeObserver, type Worker } from './worker.ts';

/** How a node behaves. */
export interface NodeBehaviour {
  /** Address of the WebSocket. */
  sessionUrl: string;
  credits: number;
  memoryMiB: number;
  serviceMs: number;
  reports: boolean;
}

/** A node with an open session. */
export interface SimulatedNode {
  /** From starting to connect to the welcome, in milliseconds. */
  connectMs: number;
  worker: Worker;
  /** Wants no new work, or wants it again. */
  hold(on: boolean): void;
  /** Ends the session; resolves when the socket is closed. */
  close(): Promise<void>;
}

/** Opens one node's session. Resolves at its welcome. */
export function connectNode(identity: NodeIdentity, behaviour: NodeBehaviour, observer: NodeObserver): Promise<SimulatedNode> {
  const key = createPrivateKey(identity.privateKey);
  const startedAt = nowMs();
  const socket = new WebSocket(behaviour.sessionUrl, { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
  const send = (frame: NodeFrame) => socket.send(JSON.stringify(frame));
  const { serviceMs, reports } = behaviour;
  const worker = createWorker({ serviceMs, reports, observer, sign: (text) => signText(key, text), send });
  let closing = false;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const opened = (): SimulatedNode => ({
    connectMs: nowMs() - startedAt,
    worker,
    hold: (on) => send({ type: 'drain', on }),
    close() {
      closing = true;
      socket.close();
      return closed;
    },
  });

  return new Promise((resolve, reject) => {
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      switch (frame.type) {
        case 'challenge': {
          const signature = signText(key, sessionPayload(identity.networkId, identity.nodeId, frame.nonce));
          return send({ type: 'hello', nodeId: identity.nodeId, signature, offer: offerOf(behaviour), holding: [] });
        }
        case 'welcome':
          worker.beat(frame.heartbeatMs);
          return resolve(opened());
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
      if (!closing) observer.lost(`${code} ${String(reason)}`);
      reject(new Error(`closed before the welcome: ${code} ${String(reason)}`));
    });
  });
}

function offerOf({ credits, memoryMiB }: NodeBehaviour): NodeOffer {
  return {
    capabilities: [{ kind: 'language-id', models: ['lid-176'], unitsPerSecond: 1_000 }],
    credits,
    memoryMiB,
    region: 'bench',
    hardware: { cpu: 'simulated', cores: 1, memoryMiB },
    agentVersion: 'bench',
  };
}
