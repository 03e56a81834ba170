import { randomBytes } from 'node:crypto';
import { DeaiError, type HelloFrame, newId, parsePublicKey, sessionPayload, verifyText } from '@deai/protocol';
import type { WebSocket } from 'ws';
import type { NodeStore } from '../domain/ports.ts';
import type { LiveSession } from './node-session.ts';
import { createOutbox } from './outbox.ts';

/** 256 bits: a nonce is used for one socket only. */
export function newNonce(): string {
  return randomBytes(32).toString('base64url');
}

export interface Handshake {
  store: Pick<NodeStore, 'identity'>;
  networkId: string;
  requireStake: boolean;
  maxBufferedBytes: number;
  nowMs: number;
}

/**
 * Opens a session for the node that signed the nonce.
 * @throws DeaiError `NODE_NOT_FOUND`, `NODE_SIGNATURE_INVALID`.
 */
export async function shakeHands(socket: WebSocket, nonce: string, hello: HelloFrame, by: Handshake): Promise<LiveSession> {
  const node = await by.store.identity(hello.nodeId);
  if (!node) throw new DeaiError('NODE_NOT_FOUND', { nodeId: hello.nodeId, hint: 'Register it: POST /api/v1/nodes/register.' });
  const key = parsePublicKey(node.publicKey);
  if (!key || !verifyText(key, sessionPayload(by.networkId, node.id, nonce), hello.signature))
    throw new DeaiError('NODE_SIGNATURE_INVALID');
  const sessionId = newId();
  return {
    sessionId,
    node,
    key,
    socket,
    outbox: createOutbox(socket, by.maxBufferedBytes),
    offer: hello.offer,
    mode: node.mode,
    staked: node.staked || !by.requireStake,
    draining: false,
    metrics: null,
    heardAtMs: by.nowMs,
    stored: false,
    leases: new Set(hello.holding),
    home: null,
    homeId: sessionId,
    moving: null,
  };
}
