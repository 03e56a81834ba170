import type { LeaseAck } from '@deai/protocol';

/** Refusals that say "later": the result is kept and sent again. */
const LATER: ReadonlySet<string> = new Set(['UNAVAILABLE', 'OVERLOADED', 'TIMEOUT', 'INTERNAL', 'SHUTTING_DOWN', 'RATE_LIMITED']);

/** Sorts answers: `done` need nothing more, `lost` are leases the node no longer has, `later` are to be sent again. */
export function sortAcks(acks: readonly LeaseAck[]): { done: string[]; lost: string[]; later: string[] } {
  const sorted = { done: [] as string[], lost: [] as string[], later: [] as string[] };
  for (const ack of acks) {
    if (ack.accepted) sorted.done.push(ack.leaseId);
    else if (LATER.has(ack.code ?? '')) sorted.later.push(ack.leaseId);
    else sorted.lost.push(ack.leaseId);
  }
  return sorted;
}
