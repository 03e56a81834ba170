/** Waits for a condition that someone else makes true. */
export interface Gate {
  /** To be called after anything that may have made the condition true. */
  check(): void;
  /** Resolves with true when the condition holds, with false after `limitMs`. */
  wait(limitMs: number): Promise<boolean>;
}

export function createGate(isOpen: () => boolean): Gate {
  const waiting = new Set<() => void>();
  return {
    check() {
      if (waiting.size > 0 && isOpen()) for (const resolve of waiting) resolve();
    },
    wait(limitMs) {
      if (isOpen()) return Promise.resolve(true);
      return new Promise((resolve) => {
        const settle = (open: boolean) => {
          clearTimeout(timer);
          waiting.delete(onOpen);
          resolve(open);
        };
        const onOpen = () => settle(true);
        const timer = setTimeout(() => settle(false), limitMs);
        waiting.add(onOpen);
      });
    },
  };
}
