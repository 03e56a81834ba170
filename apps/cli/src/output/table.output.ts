import Table from 'cli-table3';
import type { Colors } from './output.ts';

/** A cell, coloured or not. */
export type Cell = string | number;

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns under dim headings. A heading that begins with `>` is set to the right. */
export function renderTable(colors: Colors, headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({
    head: headings.map((heading) => colors.dim(heading.replace(/^>/, '').toUpperCase())),
    colAligns: headings.map((heading) => (heading.startsWith('>') ? 'right' : 'left')),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return trimLines(table.toString());
}

/** Names and values below each other; pairs without a value are left out. */
export function renderFacts(colors: Colors, facts: readonly (readonly [string, Cell | null | undefined])[]): string {
  const shown = facts.filter(([, value]) => value !== undefined && value !== null && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${value}`).join('\n');
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
