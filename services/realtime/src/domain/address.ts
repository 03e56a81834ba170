import type { Principal, Topic } from '@deai/protocol';
import { isAdmin } from '@deai/service-kit';
import type { Update } from './update.ts';

/** Where updates go: what a topic means for one principal, as text that updates are looked up by. */
export type Address = string;

export function addressOf(topic: Topic, principal: Principal): Address {
  switch (topic.topic) {
    case 'task':
      return `task:${topic.id}`;
    case 'tasks':
      return `requester:${principal.userId}`;
    case 'node':
      return `node:${topic.id}`;
    case 'nodes':
      return isAdmin(principal) ? 'nodes' : `operator:${principal.userId}`;
    case 'network':
      return 'network';
  }
}

/** Every address an update goes to. */
export function addressesOf(update: Update): Address[] {
  if (update.kind === 'task') return [`task:${update.change.taskId}`, `requester:${update.change.requesterId}`];
  if (update.kind === 'node') return [`node:${update.change.nodeId}`, `operator:${update.change.operatorId}`, 'nodes'];
  return ['network'];
}
