import type { ReactNode } from 'react';

/** A column: what it is called and what stands in it. */
export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  right?: boolean;
  /** Left out on narrow screens. */
  wide?: boolean;
  /** Less important than the others. */
  muted?: boolean;
  /** Share of the width in tables that scroll, as a CSS grid track. */
  track?: string;
  /** What stands in it is never wider than its track: it is not cut off there, which every frame of scrolling pays for. */
  fits?: boolean;
}

/** What tables are made of. */
export interface TableProps<T> {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  keyOf: (row: T) => string;
}

export const classOf = ({ right, wide, muted }: Column<never>) =>
  `${right ? 'right' : ''} ${wide ? 'hide-phone' : ''} ${muted ? 'muted' : ''}`;
