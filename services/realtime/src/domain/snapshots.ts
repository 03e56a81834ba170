import type { Topic } from '@deai/protocol';
import { addressesOf, addressOf } from './address.ts';
import type { Admitted } from './admission.ts';
import type { Caller } from './caller.ts';
import type { ChangeRing } from './change-ring.ts';
import type { StateSource } from './ports.ts';
import { isStale } from './staleness.ts';
import type { State, Update } from './update.ts';

/** States read from the services that own them, by task or node id. */
export type States = Map<string, State>;

/** What the services say; for topics of many, only when `lists`, a page of their newest. */
export async function readStates(source: StateSource, caller: Caller, admitted: readonly Admitted[], lists: boolean): Promise<States> {
  const states: States = new Map();
  const put = (state: State) => states.set(keyOf(state), state);
  const has = (name: Topic['topic']) => lists && admitted.some(({ topic }) => topic.topic === name);
  if (caller && has('tasks')) for (const change of await source.tasksOf(caller)) put({ kind: 'task', change });
  if (caller && has('nodes')) for (const change of await source.nodesOf(caller)) put({ kind: 'node', change });
  for (const { state } of admitted) if (state) put(state);
  return states;
}

/**
 * Brings states read after `start` up to date with what has happened since, so that they stand for everything up to now.
 * With `lists` whatever the ring holds of those topics is added, as a page need not hold all that changed.
 */
export function foldStates(
  { states, start, lists }: { states: States; start: number; lists: boolean },
  topics: readonly Topic[],
  caller: Caller,
  ring: ChangeRing,
): States {
  const folded: States = new Map(states);
  const wanted = new Set(topics.map((topic) => addressOf(topic, caller)));
  for (const update of ring.read(lists ? ring.floor : start)) {
    const state = stateIn(update);
    if (!state) continue;
    const key = keyOf(state);
    if (states.has(key) ? update.position <= start : !lists || !addressesOf(update).some((address) => wanted.has(address))) continue;
    const known = folded.get(key);
    if (known?.kind === 'task' && state.kind === 'task' && isStale(state.change, known.change)) continue;
    folded.set(key, state);
  }
  return folded;
}

function stateIn(update: Update): State | undefined {
  return update.kind === 'task' || update.kind === 'node' ? update : undefined;
}

function keyOf(state: State): string {
  return state.kind === 'task' ? state.change.taskId : state.change.nodeId;
}
