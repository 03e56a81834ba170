import { type ColumnDef, tableFeatures, useTable } from '@tanstack/react-table';
import { useMemo } from 'react';
import { type Column, classOf, type TableProps } from './column.ts';

const features = tableFeatures({});

function useColumns<T extends object>(rows: readonly T[], columns: readonly Column<T>[], keyOf: (row: T) => string) {
  const defs = useMemo(
    () => columns.map(({ id, header, cell }): ColumnDef<typeof features, T> => ({ id, header, cell: ({ row }) => cell(row.original) })),
    [columns],
  );
  return useTable({ features, columns: defs, data: rows as T[], getRowId: keyOf });
}

/** A table of what fits on a page. */
export function Table<T extends object>({ label, rows, columns, keyOf }: TableProps<T>) {
  const table = useColumns(rows, columns, keyOf);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="table-wrap" aria-label={`${label}: table`} tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={classOf(column as Column<never>)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {row.getAllCells().map((cell, i) => (
                <td key={cell.id} className={classOf(columns[i] as Column<never>)}>
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
