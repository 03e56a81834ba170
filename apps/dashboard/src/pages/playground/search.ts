import type { TaskKind } from '@deai/protocol';
import { TASK_KINDS } from '../kinds.ts';

/** The kind of task that the playground shows, as it stands in its address. */
export interface PlaygroundSearch {
  kind?: TaskKind;
}

export function playgroundSearch({ kind }: Record<string, unknown>): PlaygroundSearch {
  const known = TASK_KINDS.find((name) => name === kind);
  return known ? { kind: known } : {};
}
