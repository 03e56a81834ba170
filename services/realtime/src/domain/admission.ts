import { DeaiError, isPublicTopic, type Principal, type Topic } from '@deai/protocol';
import { requireScope } from '@deai/service-kit';
import type { Caller } from './caller.ts';
import type { StateSource } from './ports.ts';
import type { State } from './update.ts';

/** Questions to other services under way at once for one subscribe frame. */
const CONCURRENCY = 32;

/** A topic the caller may hear; with the current state where it is one task or node. */
export interface Admitted {
  topic: Topic;
  state: State | undefined;
}

export interface Refused {
  topic: Topic;
  error: DeaiError;
}

/** Asks for every topic whether the caller may hear it. Visitors are not asked for: they hear public topics, and nothing else. */
export async function admit(
  source: StateSource,
  caller: Caller,
  topics: readonly Topic[],
): Promise<{ admitted: Admitted[]; refused: Refused[] }> {
  const admitted: Admitted[] = [];
  const refused: Refused[] = [];
  const left = topics[Symbol.iterator]();
  async function work(): Promise<void> {
    for (const topic of left) {
      try {
        admitted.push({ topic, state: await stateOf(source, caller, topic) });
      } catch (error) {
        if (!(error instanceof DeaiError)) throw error;
        refused.push({ topic, error });
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, topics.length) }, work));
  return { admitted, refused };
}

async function stateOf(source: StateSource, caller: Caller, topic: Topic): Promise<State | undefined> {
  if (isPublicTopic(topic)) return undefined;
  if (!caller) throw new DeaiError('UNAUTHENTICATED', { hint: 'Visitors hear the topics network and settlement.' });
  return await ownStateOf(source, caller, topic);
}

async function ownStateOf(source: StateSource, principal: Principal, topic: Topic): Promise<State | undefined> {
  switch (topic.topic) {
    case 'task':
      requireScope(principal, 'tasks:read');
      return { kind: 'task', change: await source.task(principal, topic.id) };
    case 'tasks':
      requireScope(principal, 'tasks:read');
      return undefined;
    case 'node':
      requireScope(principal, 'nodes:read');
      return { kind: 'node', change: await source.node(principal, topic.id) };
    case 'nodes':
      requireScope(principal, 'nodes:read');
      return undefined;
    case 'network':
    case 'settlement':
      return undefined;
  }
}
