import pg from 'pg';

const OID = { int8: 20, date: 1082, int8Array: 1016, dateArray: 1182, numericArray: 1231, textArray: 1009 } as const;

/** @throws RangeError beyond ±(2^53 − 1): a wrong number is worse than a failed query. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a number: cast it to numeric or text in the query`);
  return value;
}

const asText = (text: string): string => text;
const parseTextArray = (pg.types.getTypeParser as (oid: number) => unknown)(OID.textArray) as (text: string) => (string | null)[];

const PARSERS = new Map<number, (text: string) => unknown>([
  [OID.int8, parseInt8],
  [OID.date, asText],
  [OID.int8Array, (text) => parseTextArray(text).map((item) => (item === null ? null : parseInt8(item)))],
  [OID.dateArray, parseTextArray],
  // The driver's own parser makes floats of these, which would round amounts.
  [OID.numericArray, parseTextArray],
]);

/** How values leave the database, per connection: nothing global is changed. The mapping is described at `Database`. */
export const VALUE_TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && PARSERS.get(oid)) || pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};
