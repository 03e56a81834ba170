import { type CommandName, DeaiError } from '@deai/protocol';
import { createInbox, errors, type Msg, type NatsConnection, headers as newHeaders } from '@nats-io/transport-node';
import { unserved } from './failures.ts';
import { contextHeaders } from './nats-codec.ts';
import type { PendingCall, PendingCalls } from './pending-calls.ts';

/** One command on its way over the wire. */
export interface WireCall {
  name: CommandName;
  to: string | undefined;
  subject: string;
  bytes: Uint8Array;
  timeoutMs: number;
}

/**
 * Requests over NATS whose caller hears it when the process that took them is gone. NATS itself says only that nobody is there when a
 * request is sent; a process that is killed after that leaves its callers to their timeout. So a handler that is not done after a moment
 * tells its caller which process it is, and callers ask after the processes that work for them. A command that nobody spoke for in time
 * went to a process that was killed right then, or whose event loop stands still.
 */
export interface WireCalls {
  /** The answer's bytes. @throws DeaiError `UNAVAILABLE`, with `outcomeUnknown` when it may have been done, or `TIMEOUT`. */
  request(call: WireCall): Promise<Uint8Array>;
  /** While a command is being worked on: tells its caller, in a moment. Returns the way to stop that. */
  working(message: Msg): () => void;
  /** Asks after nobody any more. */
  stop(): void;
}

/** Time after which a handler says who it is: most are done long before. */
const WORKING_MS = 250;
const WATCH_MS = 1_000;
const ALIVE_MS = 2_000;
/** A command that nobody spoke for so long was lost. */
const SILENT_MS = 3_000;
const WORKER = 'deai-worker';
const NO_RESPONDERS = 503;
const EMPTY = new Uint8Array();

interface Waiting {
  call: WireCall;
  sentMs: number;
  /** The process that works on it, once that said so. */
  worker: string | undefined;
  /** Was silent for too long at the last look: the next one decides, for what came in between may not have been read yet. */
  suspect: boolean;
  entry: PendingCall;
  resolve(bytes: Uint8Array): void;
}

/** Resolves when answers can come. Calls are counted among `pending`, which looks after their timeouts. */
export async function openWireCalls(nats: NatsConnection, pending: PendingCalls): Promise<WireCalls> {
  const inbox = createInbox();
  const self = inbox.slice(inbox.lastIndexOf('.') + 1);
  const waiting = new Map<string, Waiting>();
  let count = 0;

  function end(token: string): Waiting | undefined {
    const found = waiting.get(token);
    if (found && waiting.delete(token)) pending.remove(found.entry);
    return found;
  }
  function hear(error: Error | null, message: Msg): void {
    if (error) return;
    const token = message.subject.slice(inbox.length + 1);
    const found = waiting.get(token);
    if (!found) return;
    const worker = message.headers?.get(WORKER);
    if (worker) {
      found.worker = worker;
      return;
    }
    end(token);
    if (message.headers?.code === NO_RESPONDERS) found.entry.fail(unserved(found.call.name, found.call.to));
    else found.resolve(message.data);
  }
  function giveUp(lost: (found: Waiting) => boolean, hint: string): void {
    for (const [token, found] of waiting) {
      if (!lost(found)) continue;
      const { name, to } = found.call;
      end(token);
      found.entry.fail(
        new DeaiError('UNAVAILABLE', { command: name, ...(to === undefined ? {} : { instance: to }), outcomeUnknown: true, hint }),
      );
    }
  }
  async function askAfter(worker: string): Promise<void> {
    try {
      await nats.request(aliveSubject(worker), EMPTY, { timeout: ALIVE_MS });
    } catch (error) {
      // Late is not gone.
      if (isNoResponders(error)) giveUp((found) => found.worker === worker, 'The process that worked on it is gone.');
    }
  }
  function watch(): void {
    if (waiting.size === 0 || nats.isClosed()) return;
    const nowMs = performance.now();
    giveUp(({ worker, suspect }) => worker === undefined && suspect, 'Nobody said to be working on it.');
    for (const found of waiting.values()) found.suspect = found.worker === undefined && nowMs - found.sentMs > SILENT_MS;
    for (const worker of new Set([...waiting.values()].flatMap((found) => found.worker ?? []))) void askAfter(worker);
  }

  nats.subscribe(`${inbox}.*`, { callback: hear });
  nats.subscribe(aliveSubject(self), { callback: (error, message) => void (error ?? message.respond(EMPTY)) });
  await nats.flush();
  const timer = setInterval(watch, WATCH_MS).unref();

  return {
    request(call) {
      const token = (++count).toString(36);
      const { name, timeoutMs } = call;
      return new Promise((resolve, reject) => {
        const entry = pending.add(timeoutMs, reject, () => {
          waiting.delete(token);
          return new DeaiError('TIMEOUT', { command: name, timeoutMs });
        });
        waiting.set(token, { call, sentMs: performance.now(), worker: undefined, suspect: false, entry, resolve });
        try {
          nats.publish(call.subject, call.bytes, { reply: `${inbox}.${token}`, ...contextHeaders() });
        } catch (error) {
          end(token);
          reject(error);
        }
      });
    },
    working(message) {
      const timer = setTimeout(() => {
        const headers = newHeaders();
        headers.set(WORKER, self);
        if (!nats.isClosed()) message.respond(EMPTY, { headers });
      }, WORKING_MS);
      return () => clearTimeout(timer);
    },
    stop: () => clearInterval(timer),
  };
}

/** Every process answers here for as long as it is there. */
function aliveSubject(process: string): string {
  return `alive.${process}`;
}

function isNoResponders(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  return error instanceof errors.RequestError && error.isNoResponders();
}
