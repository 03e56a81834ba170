/** The last answer of a source that may be away. */
export interface LastKnown<T> {
  readonly value: T | undefined;
  /** When `value` was true, in ms since the epoch; `undefined` when the source never answered. */
  readonly atMs: number | undefined;
  /** Why the last question was not answered. */
  readonly problem: string | undefined;
  /** Asks again. Never rejects. */
  refresh(): Promise<void>;
}

export function createLastKnown<T>(ask: () => Promise<T>, now: () => number = Date.now): LastKnown<T> {
  let value: T | undefined;
  let atMs: number | undefined;
  let problem: string | undefined = 'not asked yet';
  return {
    get value() {
      return value;
    },
    get atMs() {
      return atMs;
    },
    get problem() {
      return problem;
    },
    async refresh() {
      try {
        value = await ask();
        atMs = now();
        problem = undefined;
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
    },
  };
}
