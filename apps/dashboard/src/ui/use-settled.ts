import { useEffect, useState } from 'react';

const PAUSE_MS = 250;

/** What somebody types, once they pause: not every letter is worth a question. */
export function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
