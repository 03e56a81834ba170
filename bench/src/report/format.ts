import Table from 'cli-table3';

/** A table whose first column is text and whose others are figures. */
export function newTable(head: string[]): Table.Table {
  return new Table({ head, style: { head: [], border: [] }, colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')) });
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

export function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}
