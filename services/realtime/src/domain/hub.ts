import type { Topic } from '@deai/protocol';
import { type Address, addressesOf, addressOf } from './address.ts';
import type { Caller } from './caller.ts';
import { type ChangeRing, createChangeRing } from './change-ring.ts';
import { createEventClock, type EventClock } from './event-clock.ts';
import { encodeFrame, frameOf, type Happening, isPublic, type Update } from './update.ts';

/** Takes updates to the addresses it is entered under. */
export interface Receiver {
  /** Called once an update; `frame` is shared and must not be changed. */
  deliver(update: Update, frame: Buffer): void;
  /** Position of the last update delivered: what makes an update under two addresses arrive once. */
  delivered: number;
}

/** The stream of this instance: gives updates their place, remembers them, and hands them to whoever asked for them. */
export interface Hub {
  readonly clock: EventClock;
  readonly ring: ChangeRing;
  /** The public ones among the changes, again: whoever hears only those is not to look through all others when they come back. */
  readonly publicRing: ChangeRing;
  /** Addresses somebody listens at. */
  readonly addresses: number;
  accept(happening: Happening): void;
  enter(topic: Topic, caller: Caller, receiver: Receiver): void;
  leave(address: Address, receiver: Receiver): void;
}

/** A quarter of an hour of network statistics. */
const PUBLIC_BOUNDS = { changes: 1_000, bytes: 8_388_608 };

export function createHub(bounds: { changes: number; bytes: number }): Hub {
  const clock = createEventClock();
  const ring = createChangeRing(bounds, clock.last);
  const publicRing = createChangeRing(PUBLIC_BOUNDS, clock.last);
  const index = new Map<Address, Set<Receiver>>();

  return {
    clock,
    ring,
    publicRing,
    get addresses() {
      return index.size;
    },
    accept(happening) {
      const update: Update = { ...happening, position: clock.next() };
      if (isPublic(update)) {
        update.frame = encodeFrame(frameOf(update, clock.idOf(update.position)));
        publicRing.push(update);
      }
      ring.push(update);
      if (index.size === 0) return;
      let frame = update.frame;
      for (const address of addressesOf(update)) {
        const receivers = index.get(address);
        if (!receivers) continue;
        frame ??= encodeFrame(frameOf(update, clock.idOf(update.position)));
        for (const receiver of receivers) {
          if (receiver.delivered === update.position) continue;
          receiver.delivered = update.position;
          receiver.deliver(update, frame);
        }
      }
    },
    enter(topic, caller, receiver) {
      const address = addressOf(topic, caller);
      const receivers = index.get(address);
      if (receivers) receivers.add(receiver);
      else index.set(address, new Set([receiver]));
    },
    leave(address, receiver) {
      const receivers = index.get(address);
      receivers?.delete(receiver);
      if (receivers?.size === 0) index.delete(address);
    },
  };
}
