import { DeaiError, isPublicTopic, type RealtimeFrame, type TaskChange, type Topic } from '@deai/protocol';
import { type Address, addressesOf, addressOf } from './address.ts';
import { type Admitted, admit, type Refused } from './admission.ts';
import type { Caller } from './caller.ts';
import type { Hub, Receiver } from './hub.ts';
import type { StateSource } from './ports.ts';
import { foldStates, readStates } from './snapshots.ts';
import { encodeFrame, frameOf, snapshotFrame } from './update.ts';

const ATTEMPTS = 5;
/** Ring entries looked at, and bytes sent, in one go before others get their turn. */
const REPLAY_SCANNED = 2_000;
const REPLAY_BYTES = 65_536;

/** One client as the subscription sees it. */
export interface Subscriber extends Receiver {
  readonly caller: Caller;
  /** False once the socket is closing. */
  readonly open: boolean;
  send(frame: Buffer): void;
  /** Resolves when there is room for more, or the socket has closed. */
  room(): Promise<void>;
  /** Enters the topic: from here on updates are delivered. */
  activate(topic: Topic): void;
  /** A snapshot was sent: updates that it already contains are not to be delivered after it. */
  expectAfter(change: TaskChange): void;
}

export interface SubscribeRequest {
  topics: readonly Topic[];
  after?: string;
}

/**
 * Subscribes: sends what was missed or the current state, then `subscribed`, then updates as they happen. The last step from the past
 * to the present happens without giving way to anything else, so nothing falls between, and ids on one socket only grow.
 * @throws DeaiError of a service that could not be asked.
 */
export async function subscribe(hub: Hub, source: StateSource, subscriber: Subscriber, request: SubscribeRequest): Promise<void> {
  const { caller } = subscriber;
  const topics = [...new Map(request.topics.map((topic) => [addressOf(topic, caller), topic])).values()];
  const resumes = request.after !== undefined;
  const from = request.after === undefined ? undefined : hub.clock.positionOf(request.after);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const start = hub.clock.last;
    const { admitted, refused } = await admit(source, caller, topics);
    const goLive = (complete: boolean) => {
      if (!subscriber.open) return;
      for (const { topic } of admitted) subscriber.activate(topic);
      sendRefusals(subscriber, refused);
      const id = hub.clock.idOf(hub.clock.last);
      sendFrame(subscriber, { type: 'subscribed', id, topics: admitted.map(({ topic }) => topic), complete });
    };
    if (from !== undefined && (await replay(hub, subscriber, admitted, from, goLive))) return;
    const states = await readStates(source, caller, admitted, resumes);
    // Where the states are older than the ring reaches back, what happened in between is gone: they are read again.
    if (!hub.ring.covers(start)) continue;
    sendSnapshots(hub, subscriber, { states, start, lists: resumes }, admitted);
    return goLive(!resumes);
  }
  throw new DeaiError('OVERLOADED', { hint: 'More changes a second than this server keeps: raise DEAI_REALTIME_RING_CHANGES.' });
}

/** Sends what the ring holds after `from`, then calls `goLive`. False, with some perhaps sent, when the ring does not reach back that far. */
async function replay(
  hub: Hub,
  subscriber: Subscriber,
  admitted: readonly Admitted[],
  from: number,
  goLive: (complete: true) => void,
): Promise<boolean> {
  const wanted = new Set<Address>(admitted.map(({ topic }) => addressOf(topic, subscriber.caller)));
  const ring = admitted.every(({ topic }) => isPublicTopic(topic)) ? hub.publicRing : hub.ring;
  for (let position = from; ; await subscriber.room()) {
    if (!ring.covers(position)) return false;
    let bytes = 0;
    for (const update of ring.read(position, REPLAY_SCANNED)) {
      if (bytes > REPLAY_BYTES) break;
      position = update.position;
      if (!addressesOf(update).some((address) => wanted.has(address))) continue;
      const frame = update.frame ?? encodeFrame(frameOf(update, hub.clock.idOf(position)));
      bytes += frame.length;
      subscriber.send(frame);
    }
    // Called here and not by the caller: behind an `await` other updates could come first.
    // A place may be that of a change that is not in the ring of public ones.
    if (position >= ring.newest) goLive(true);
    if (position >= ring.newest || !subscriber.open) return true;
  }
}

function sendSnapshots(hub: Hub, subscriber: Subscriber, read: Parameters<typeof foldStates>[0], admitted: readonly Admitted[]): void {
  const id = hub.clock.idOf(hub.clock.last);
  const topics = admitted.map(({ topic }) => topic);
  for (const state of foldStates(read, topics, subscriber.caller, hub.ring).values()) {
    if (state.kind === 'task') subscriber.expectAfter(state.change);
    sendFrame(subscriber, snapshotFrame(state, id, Date.now()));
  }
}

/** One frame for all topics refused for the same reason. */
function sendRefusals(subscriber: Subscriber, refused: readonly Refused[]): void {
  for (const [, alike] of Map.groupBy(refused, ({ error }) => error.code)) {
    const { code, message, details } = (alike[0] as Refused).error;
    sendFrame(subscriber, { type: 'error', error: { code, message, details: { ...details, topics: alike.map(({ topic }) => topic) } } });
  }
}

function sendFrame(subscriber: Subscriber, frame: RealtimeFrame): void {
  subscriber.send(encodeFrame(frame));
}
