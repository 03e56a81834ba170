import { CLOSE_CODES } from '@deai/protocol';
import type { Logger } from 'pino';
import { fullJitterMs } from '../backoff.ts';
import type { Registration } from '../identity/registration.ts';
import { type NodeSession, openNodeSession, type SessionEnd, type SessionHost } from './node-session.ts';

const BASE_MS = 250;
const CAP_MS = 10_000;
/** A session this long proves that the server works: the next reconnect starts from a short wait. */
const STABLE_MS = 5_000;

export interface SessionLoopOptions {
  /** The registration to use; `again` asks the server anew. Rejects while it cannot be had. */
  register(again: boolean): Promise<Registration>;
  hostFor(registration: Registration): SessionHost;
  onState(online: boolean): void;
  logger: Logger;
}

export interface SessionLoop {
  /** Resolves once the loop has ended. */
  stop(): Promise<void>;
}

/** Keeps one session open: reconnects with full jitter, at most 10 s apart, and registers again when the server does not know the node. */
export function startSessionLoop({ register, hostFor, onState, logger }: SessionLoopOptions): SessionLoop {
  let session: NodeSession | undefined;
  let stopped = false;
  let wake = () => {};

  async function once(again: boolean): Promise<SessionEnd | undefined> {
    try {
      const registration = await register(again);
      if (stopped) return undefined;
      const host = hostFor(registration);
      const announced: SessionHost = {
        ...host,
        onWelcome(send, drop) {
          onState(true);
          host.onWelcome(send, drop);
        },
      };
      session = openNodeSession(registration.sessionUrl, announced, logger);
      return await session.closed;
    } catch (error) {
      logger.warn({ err: error }, 'no session');
      return undefined;
    } finally {
      session = undefined;
      onState(false);
    }
  }

  async function loop(): Promise<void> {
    let attempt = 0;
    let again = false;
    while (!stopped) {
      const end = await once(again);
      if (stopped) return;
      again = end !== undefined && isUnknownThere(end);
      attempt = end && end.onlineMs > STABLE_MS ? 1 : attempt + 1;
      // Another process has this node's key: two that take turns by the second would help nobody.
      if (end?.code === CLOSE_CODES.replaced) attempt = 30;
      const waitMs = fullJitterMs(attempt, BASE_MS, CAP_MS);
      logger.info({ waitMs, code: end?.code, errorCode: end?.errorCode }, 'session ended: connecting again');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const ended = loop();
  return {
    async stop() {
      stopped = true;
      wake();
      session?.close();
      await ended;
    },
  };
}

function isUnknownThere({ networkId, errorCode, code }: SessionEnd): boolean {
  if (networkId !== undefined) return true;
  if (errorCode === 'NODE_NOT_FOUND' || errorCode === 'NODE_SIGNATURE_INVALID') return true;
  return code === CLOSE_CODES.unauthenticated || code === CLOSE_CODES.forbidden;
}
