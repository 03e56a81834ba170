/** A text of an input, and what it is. */
export interface Part {
  name: string;
  text: string;
}

interface Excerpt {
  parts: Part[];
  /** Nothing is left out. */
  whole: boolean;
}

/** What is seen of an input before all of it is asked for. */
const FEW = { parts: 4, characters: 280, lines: 6 };
/** The most that is shown at all, in characters: browsers take long to lay more out. */
export const MOST_SHOWN = 200_000;

function cut(text: string, characters: number, lines = Number.POSITIVE_INFINITY): string {
  const kept = text.slice(0, characters).split('\n').slice(0, lines).join('\n');
  // Half of a character says nothing.
  return kept === text ? text : `${kept.replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** The first parts, each shortened; or, of an input that was opened, all that can be shown. */
export function excerptOf(parts: readonly Part[], open: boolean): Excerpt {
  let left = MOST_SHOWN;
  const shown: Part[] = [];
  for (const { name, text } of open ? parts : parts.slice(0, FEW.parts)) {
    if (left <= 0) break;
    shown.push({ name, text: open ? cut(text, left) : cut(text, FEW.characters, FEW.lines) });
    left -= text.length;
  }
  return { parts: shown, whole: shown.length === parts.length && shown.every(({ text }, i) => text === parts[i]?.text) };
}
