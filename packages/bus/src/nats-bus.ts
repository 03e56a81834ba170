import type { CommandName, EventName } from '@deai/protocol';
import { DeaiError } from '@deai/protocol';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Bus, BusErrorListener, RequestOptions, Stop } from './bus.ts';
import { safeListener, toDeaiError } from './failures.ts';
import { type AnyHandler, createHandlerTable, type HandlerTable } from './handler-table.ts';
import { callLocally } from './local-call.ts';
import { createLocalEvents, type Listener, type LocalEvents } from './local-events.ts';
import { openWireCalls, type WireCalls } from './nats-calls.ts';
import { commandSubject, contextHeaders, decode, decodeReply, encode, encodeFailure, HEADER_BYTES, inContextOf } from './nats-codec.ts';
import { type NatsLink, type NatsLinkOptions, openNatsLink } from './nats-connection.ts';
import { createPendingCalls, DEFAULT_DRAIN_MS, DEFAULT_TIMEOUT_MS, type PendingCalls } from './pending-calls.ts';

export interface NatsBusOptions extends NatsLinkOptions {
  /** Hears what cannot be thrown, also a lost connection. Default: a process warning. */
  onError?: BusErrorListener;
  /** How long `close` waits for commands under way, asked or served. Default 10,000. */
  drainMs?: number;
}

/** Handlers of one command share its queue, so that each request reaches one of them. */
const QUEUE = 'serve';

/** What the functions of one bus share. */
interface NatsBus {
  link: NatsLink;
  nats: NatsConnection;
  report: BusErrorListener;
  /** Commands asked and commands being served. */
  pending: PendingCalls;
  /** Those of the commands asked that went over the wire. */
  calls: WireCalls;
  /** Subscriptions to commands. */
  serving: Set<Subscription>;
  /** What this end serves itself: asked for here, it is not sent. */
  handlers: HandlerTable;
  /** Listeners of this end, and the subscriptions that bring them the events of the others. */
  events: LocalEvents;
  hearing: Map<EventName, Promise<unknown>>;
}

/**
 * The bus over NATS: commands on `cmd.<name>` and `cmd.<name>.<instance>` in a queue group, events on `evt.<name>`, JSON payloads.
 * A command that this end serves itself is handled here, without the wire: processes that hold every service mostly work by themselves.
 * The connection is made again for ever when it is lost; meanwhile requests fail with UNAVAILABLE and events are dropped.
 * @throws DeaiError UNAVAILABLE when it cannot connect at first.
 */
export async function connectNatsBus({ onError, drainMs = DEFAULT_DRAIN_MS, ...linkOptions }: NatsBusOptions): Promise<Bus> {
  const report = safeListener(onError);
  const link = await openNatsLink(linkOptions, report);
  const pending = createPendingCalls();
  const calls = await openWireCalls(link.connection, pending);
  const bus: NatsBus = {
    link,
    nats: link.connection,
    report,
    pending,
    calls,
    serving: new Set(),
    handlers: createHandlerTable(),
    events: createLocalEvents(report),
    hearing: new Map(),
  };
  let closing: Promise<void> | undefined;
  return {
    request: async (name, input, options = {}) => (await request(bus, name, input, options)) as never,
    serve: (name, handler, { instance } = {}) => serve(bus, name, handler as AnyHandler, instance),
    publish: (name, payload) => publish(bus, name, payload),
    subscribe: (name, listener) => subscribe(bus, name, listener as Listener),
    close() {
      closing ??= close(bus, drainMs);
      return closing;
    },
  };
}

async function request(bus: NatsBus, name: CommandName, input: unknown, { to, timeoutMs = DEFAULT_TIMEOUT_MS }: RequestOptions) {
  const { pending, nats, link, report, calls } = bus;
  if (pending.closed) throw new DeaiError('SHUTTING_DOWN', { command: name });
  const handler = bus.handlers.pick(name, to);
  if (handler) return await callLocally(pending, report, { name, input, timeoutMs, handler });
  if (!link.connected) throw new DeaiError('UNAVAILABLE', { command: name, hint: 'The connection to NATS is lost; reconnecting.' });
  try {
    const bytes = encode(input);
    assertFits(nats, bytes, { command: name });
    const reply = decodeReply(await calls.request({ name, to, subject: commandSubject(name, to), bytes, timeoutMs }));
    if ('error' in reply) throw reply.error;
    return reply.output;
  } catch (error) {
    if (error instanceof DeaiError) throw error;
    if (nats.isClosed()) throw new DeaiError('SHUTTING_DOWN', { command: name }, { cause: error });
    throw toDeaiError(error, report, { command: name });
  }
}

async function serve(bus: NatsBus, name: CommandName, handler: AnyHandler, instance: string | undefined) {
  const { pending, nats, link, report, serving } = bus;
  if (pending.closed) throw new DeaiError('SHUTTING_DOWN', { command: name });
  const subscription = await subscribeNow(nats, commandSubject(name, instance), QUEUE, (error, message) => {
    // A callback that throws would end the connection's reader.
    if (error) report(error, { command: name });
    else void answer(bus, name, handler, message);
  });
  serving.add(subscription);
  const forget = bus.handlers.add(name, instance, handler);
  return () => {
    forget();
    serving.delete(subscription);
    stop(link, subscription);
  };
}

async function answer({ pending, nats, report, calls }: NatsBus, name: CommandName, handler: AnyHandler, message: Msg): Promise<void> {
  const where = { command: name };
  const call = pending.add(Number.POSITIVE_INFINITY, ignore, () => new DeaiError('TIMEOUT'));
  const done = calls.working(message);
  let reply: Uint8Array;
  try {
    const input = readInput(message, name, report);
    const output = await inContextOf(message, () => handler(input));
    reply = encode({ output });
    assertFits(nats, reply, where);
  } catch (error) {
    reply = encodeFailure(toDeaiError(error, report, where), maxBytesOf(nats));
  }
  done();
  try {
    message.respond(reply);
  } catch (error) {
    report(error, where);
  }
  pending.remove(call);
}

function readInput(message: Msg, name: CommandName, report: BusErrorListener): unknown {
  try {
    return decode(message.data);
  } catch (cause) {
    const error = new DeaiError('INVALID_JSON', { command: name }, { cause });
    report(error, { command: name });
    throw error;
  }
}

/** Here at once, and to the other ends over the wire: the server sends nothing back to where it came from. */
function publish({ nats, link, pending, events, report }: NatsBus, name: EventName, payload: unknown): void {
  try {
    if (pending.closed) throw new DeaiError('SHUTTING_DOWN', { event: name });
    events.publish(name, payload);
    // Whether the client would keep or lose it depends on the moment, and a hint from before an outage comes too late.
    if (!link.connected) return;
    const bytes = encode(payload);
    assertFits(nats, bytes, { event: name });
    nats.publish(`evt.${name}`, bytes, contextHeaders());
  } catch (error) {
    report(error, { event: name });
  }
}

async function subscribe(bus: NatsBus, name: EventName, listener: Listener): Promise<Stop> {
  if (bus.pending.closed) throw new DeaiError('SHUTTING_DOWN', { event: name });
  const stop = bus.events.subscribe(name, listener);
  const hearing = bus.hearing.get(name) ?? hear(bus, name);
  bus.hearing.set(name, hearing);
  await hearing;
  return stop;
}

/** One subscription for all listeners to an event: each payload is sent here and read once. It stays until the bus is closed. */
async function hear({ nats, events, report }: NatsBus, name: EventName): Promise<unknown> {
  const where = { event: name };
  return await subscribeNow(nats, `evt.${name}`, undefined, (error, message) => {
    if (error) return report(error, where);
    let payload: unknown;
    try {
      payload = decode(message.data);
    } catch (cause) {
      return report(new DeaiError('INVALID_JSON', where, { cause }), where);
    }
    inContextOf(message, () => events.deliver(name, payload));
  });
}

/** Resolves when the server knows of the subscription. */
async function subscribeNow(
  nats: NatsConnection,
  subject: string,
  queue: string | undefined,
  callback: (error: Error | null, message: Msg) => void,
): Promise<Subscription> {
  const subscription = nats.subscribe(subject, { callback, ...(queue ? { queue } : {}) });
  await nats.flush();
  return subscription;
}

/** What the server has routed here already is still answered. */
function stop(link: NatsLink, subscription: Subscription): void {
  if (subscription.isClosed() || subscription.isDraining()) return;
  if (link.connected) subscription.drain().catch(ignore);
  else subscription.unsubscribe();
}

async function close({ link, nats, pending, calls, serving, handlers, events, report }: NatsBus, drainMs: number): Promise<void> {
  // Without a connection nothing can be drained.
  const impatience = setTimeout(() => nats.close().catch(ignore), drainMs);
  try {
    if (link.connected) await Promise.allSettled([...serving].map((subscription) => subscription.drain()));
    await pending.close(link.connected ? drainMs : 0);
    handlers.clear();
    events.clear();
    calls.stop();
    if (link.connected) await nats.drain();
    else await nats.close();
  } catch (error) {
    if (!nats.isClosed()) report(error, {});
  } finally {
    clearTimeout(impatience);
  }
}

function maxBytesOf(nats: NatsConnection): number {
  return (nats.info?.max_payload ?? Number.POSITIVE_INFINITY) - HEADER_BYTES;
}

function assertFits(nats: NatsConnection, bytes: Uint8Array, where: { command?: CommandName; event?: EventName }): void {
  const maxBytes = maxBytesOf(nats);
  if (bytes.length <= maxBytes) return;
  const hint = 'Raise max_payload of the NATS server, or send less at once.';
  throw new DeaiError('PAYLOAD_TOO_LARGE', { ...where, bytes: bytes.length, maxBytes, hint });
}

function ignore(): void {}
