import { DeaiError, type TaskChange, type Topic } from '@deai/protocol';
import { type Address, addressOf } from '../domain/address.ts';
import type { Caller } from '../domain/caller.ts';
import type { Hub } from '../domain/hub.ts';
import { isStale } from '../domain/staleness.ts';
import type { Subscriber } from '../domain/subscribe.ts';
import type { Outbox } from './outbox.ts';

/** What one socket listens to, once it has said who it is. */
export interface Subscriptions extends Subscriber {
  /** @throws DeaiError `INVALID_INPUT` when these topics on top would be too many. */
  checkRoomFor(topics: readonly Topic[]): void;
  drop(topics: readonly Topic[]): void;
  dropAll(): void;
}

export interface SubscriptionsOptions {
  hub: Hub;
  caller: Caller;
  outbox: Outbox;
  maxTopics: number;
  isOpen(): boolean;
}

export function createSubscriptions({ hub, caller, outbox, maxTopics, isOpen }: SubscriptionsOptions): Subscriptions {
  const addresses = new Set<Address>();
  /** Snapshots after which no newer update has come yet, by task. */
  const expected = new Map<string, TaskChange>();

  const subscriptions: Subscriptions = {
    caller,
    delivered: 0,
    get open() {
      return isOpen();
    },
    send: outbox.send,
    room: outbox.room,
    activate(topic) {
      addresses.add(addressOf(topic, caller));
      hub.enter(topic, caller, subscriptions);
    },
    expectAfter(change) {
      expected.set(change.taskId, change);
    },
    deliver(update, frame) {
      if (update.kind === 'task' && expected.size > 0) {
        const known = expected.get(update.change.taskId);
        if (known && isStale(update.change, known)) return;
        if (known) expected.delete(update.change.taskId);
      }
      outbox.send(frame);
    },
    checkRoomFor(topics) {
      const wanted = new Set([...addresses, ...topics.map((topic) => addressOf(topic, caller))]);
      if (wanted.size <= maxTopics) return;
      throw new DeaiError('INVALID_INPUT', {
        maxTopics,
        hint: 'Unsubscribe from something, or subscribe to `tasks` or `nodes` as a whole.',
      });
    },
    drop(topics) {
      for (const topic of topics) {
        const address = addressOf(topic, caller);
        if (addresses.delete(address)) hub.leave(address, subscriptions);
        if (topic.topic === 'task') expected.delete(topic.id);
      }
    },
    dropAll() {
      for (const address of addresses) hub.leave(address, subscriptions);
      addresses.clear();
      expected.clear();
    },
  };
  return subscriptions;
}
