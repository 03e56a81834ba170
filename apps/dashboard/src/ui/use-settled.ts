import { useEffect, useState } from 'react';

const PAUSE_MS = 250;

/** What somebody types, once they pause: not every letter is worth a question. */
export function useSettled<T>(value: T, pauseMs: number = PAUSE_MS): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return settled;
}
