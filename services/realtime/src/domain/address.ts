import type { Topic } from '@deai/protocol';
import { isAdmin } from '@deai/service-kit';
import type { Caller } from './caller.ts';
import type { Update } from './update.ts';

/** Where updates go: what a topic means for one caller, as text that updates are looked up by. */
export type Address = string;

/** Has no tasks and no nodes. */
const NOBODY = 'nobody';

export function addressOf(topic: Topic, caller: Caller): Address {
  switch (topic.topic) {
    case 'task':
      return `task:${topic.id}`;
    case 'tasks':
      return `requester:${caller?.userId ?? NOBODY}`;
    case 'node':
      return `node:${topic.id}`;
    case 'nodes':
      return caller && isAdmin(caller) ? 'nodes' : `operator:${caller?.userId ?? NOBODY}`;
    case 'network':
    case 'settlement':
      return topic.topic;
  }
}

/** Every address an update goes to. */
export function addressesOf(update: Update): Address[] {
  if (update.kind === 'task') return [`task:${update.change.taskId}`, `requester:${update.change.requesterId}`];
  if (update.kind === 'node') return [`node:${update.change.nodeId}`, `operator:${update.change.operatorId}`, 'nodes'];
  return [update.kind];
}
