import { randomUUID } from 'node:crypto';
import type { TaskPriority } from '@deai/protocol';
import type { Answer, ApiClient } from './api-client.ts';

/** Who submits what, where. */
export interface LoadTarget {
  url: string;
  requesterKeys: string[];
  idempotency: boolean;
}

/** Sends one request of `size` tasks; answers the ids of the accepted ones. */
export type Submit = () => Promise<string[]>;

/** The server asked for patience (429, 503): nothing was accepted. */
export class Refused extends Error {}

const SENTENCES = [
  'The quick brown fox jumps over the lazy dog near the river bank.',
  'Der schnelle braune Fuchs springt über den faulen Hund am Flussufer.',
  'Le rapide renard brun saute par-dessus le chien paresseux au bord de la rivière.',
  'El veloz zorro marrón salta sobre el perro perezoso junto al río.',
];

/** What the tasks of a load have that others have not. */
export interface TaskShape {
  priority?: TaskPriority;
  /** Memory that a node must have. */
  memoryMiB?: number;
}

/** Tasks of one text each, `size` in a request, submitted by the requesters in turn. */
export function createSubmit(api: ApiClient, target: LoadTarget, size: number, { priority, memoryMiB }: TaskShape = {}): Submit {
  const task = (i: number) => ({
    kind: 'language-id',
    input: { texts: [SENTENCES[i % SENTENCES.length]] },
    ...(priority && { priority }),
    ...(memoryMiB && { requirements: { memoryMiB } }),
  });
  const bodies = SENTENCES.map((_, i) =>
    JSON.stringify(size === 1 ? task(i) : { tasks: Array.from({ length: size }, (_, k) => task(i + k)) }),
  );
  let turn = 0;
  return async () => {
    const i = turn++;
    const headers = target.idempotency ? { 'idempotency-key': randomUUID() } : {};
    const answer = await api.post('/api/v1/tasks/submit', keyFor(target, i), bodies[i % bodies.length] as string, headers);
    return idsOf(answer);
  };
}

/** The requester whose turn it is. */
export function keyFor(target: LoadTarget, turn: number): string {
  return target.requesterKeys[turn % target.requesterKeys.length] as string;
}

function idsOf({ status, body }: Answer): string[] {
  if (status === 429 || status === 503) throw new Refused(body);
  if (status !== 202) throw new Error(`a submission was answered ${status}: ${body.slice(0, 500)}`);
  const answer = JSON.parse(body) as { id: string } | { tasks: { id: string }[] };
  return 'tasks' in answer ? answer.tasks.map(({ id }) => id) : [answer.id];
}
