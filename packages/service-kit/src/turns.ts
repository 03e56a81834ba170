/** Work that must not overlap for the same key, and is begun in order of asking. */
export interface Turns {
  /** Runs `work` after all that was begun for the key before, however that ended. */
  inTurn<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const turns = new Map<string, Promise<unknown>>();
  return {
    async inTurn(key, work) {
      const turn = (turns.get(key) ?? Promise.resolve()).then(work);
      const settled = turn.catch(() => undefined);
      turns.set(key, settled);
      return await turn.finally(() => turns.get(key) === settled && turns.delete(key));
    },
  };
}
