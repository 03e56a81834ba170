import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, memo, useEffect, useRef } from 'react';
import { type Column, classOf, type TableProps } from './column.ts';

const cellClassOf = (column: Column<never>) => `cell ${column.fits ? '' : 'cut'} ${classOf(column)}`;

const ROW_PX = 48;
const HEAD_PX = 37;
/** Rows beyond the visible ones that are drawn, so that scrolling shows no gaps. */
const OVERSCAN = 12;
/** So near to the end the next page is asked for. */
const AHEAD = 60;

interface LongRowProps {
  row: never;
  columns: readonly Column<never>[];
  index: number;
  start: number;
  size: number;
}

/** One row of a long table. Those that stay where they are are not drawn anew while others come in. By `top`: a transform of each would be one more thing to put together every frame. */
const LongRow = memo(({ row, columns, index, start, size }: LongRowProps) => (
  // biome-ignore lint/a11y/useSemanticElements: see LongTable
  // biome-ignore lint/a11y/useFocusableInteractive: rows are not for keys
  <div role="row" aria-rowindex={index + 2} className="vrow tracks" style={{ height: size, top: start }}>
    {columns.map((column) => (
      // biome-ignore lint/a11y/useSemanticElements: see LongTable
      <div key={column.id} role="cell" className={cellClassOf(column)}>
        {column.cell(row)}
      </div>
    ))}
  </div>
));

/** What the columns are called. Not drawn anew while the list scrolls. */
const LongHead = memo(({ columns }: { columns: readonly Column<never>[] }) => (
  // biome-ignore lint/a11y/useSemanticElements: see LongTable
  // biome-ignore lint/a11y/useFocusableInteractive: rows are not for keys
  <div role="row" className="vhead tracks" aria-rowindex={1}>
    {columns.map((column) => (
      // biome-ignore lint/a11y/useSemanticElements: see LongTable
      // biome-ignore lint/a11y/useFocusableInteractive: headers are not for keys
      <div key={column.id} role="columnheader" className={cellClassOf(column)}>
        {column.header}
      </div>
    ))}
  </div>
));

interface LongTableProps<T> extends TableProps<T> {
  /** There is more to fetch. */
  more: boolean;
  fetching: boolean;
  onMore: () => void;
}

/** A list of any length: draws the rows that are seen, and fetches further ones as they come near. */
export function LongTable<T extends object>({ label, rows, columns, keyOf, more, fetching, onMore }: LongTableProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    scrollMargin: 0,
  });
  const seen = virtual.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !fetching && last >= rows.length - AHEAD) onMore();
  }, [more, fetching, last, rows.length, onMore]);
  const tracks = (shown: readonly Column<T>[]) => shown.map(({ track = 'minmax(0, 1fr)' }) => track).join(' ');
  const widths = {
    '--whole': `${virtual.getTotalSize() + HEAD_PX}px`,
    '--wide': tracks(columns),
    '--narrow': tracks(columns.filter(({ wide }) => !wide)),
  } as CSSProperties;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot leave out the rows that are not seen
    <div
      ref={box}
      className="vtable"
      role="table"
      aria-label={label}
      aria-rowcount={more ? -1 : rows.length + 1}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      style={widths}
    >
      <LongHead columns={columns as readonly Column<never>[]} />
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div role="rowgroup" className="vbody" style={{ height: virtual.getTotalSize() }}>
        {seen.map(({ index, start, size }) => {
          const row = rows[index];
          return (
            row && (
              <LongRow
                key={keyOf(row)}
                row={row as never}
                columns={columns as readonly Column<never>[]}
                index={index}
                start={start}
                size={size}
              />
            )
          );
        })}
      </div>
    </div>
  );
}
