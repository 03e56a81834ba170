/** When keys change, in milliseconds. */
export interface RotationPlan {
  /** A key signs for this long. */
  lifeMs: number;
  /** A new key is public for this long before it signs, so that every instance and verifier knows it by then. */
  leadMs: number;
  /** A key stays public for this long after the next one took over: at least as long as an access token lives. */
  keepMs: number;
}

interface Scheduled {
  id: string;
  signsFrom: Date;
}

const startOf = (key: Scheduled) => key.signsFrom.getTime();

/** The keys in the order in which they sign. */
function inOrder<K extends Scheduled>(keys: readonly K[]): K[] {
  return [...keys].sort((a, b) => startOf(a) - startOf(b) || (a.id < b.id ? -1 : 1));
}

/** The key that signs at that time: the newest whose time has come. */
export function signerAt<K extends Scheduled>(keys: readonly K[], nowMs: number): K | undefined {
  return inOrder(keys).findLast((key) => startOf(key) <= nowMs);
}

/** Whether a key is to be made, and from when it signs; and the ids of keys that no valid token can need any more. */
export function planRotation(keys: readonly Scheduled[], nowMs: number, plan: RotationPlan): { signsFromMs?: number; drop: string[] } {
  const sorted = inOrder(keys);
  const newest = sorted.at(-1);
  if (!newest) return { signsFromMs: nowMs, drop: [] };
  const drop = sorted.filter((_, i) => {
    const successor = sorted[i + 1];
    return successor !== undefined && startOf(successor) + plan.keepMs <= nowMs;
  });
  const due = startOf(newest) + plan.lifeMs - plan.leadMs <= nowMs;
  return { ...(due ? { signsFromMs: nowMs + plan.leadMs } : {}), drop: drop.map((key) => key.id) };
}
