import fc from 'fast-check';

/** The part of JSON Schema that the API document uses. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  format?: string;
  pattern?: string;
}

/** Finds the schema behind a `$ref`. */
export type Resolve = (ref: string) => JsonSchema;

const DEPTH = 4;

/** Text as nobody types it: any code points, lone surrogates, zero bytes, and what other languages take for syntax. */
export const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '../../etc/passwd',
    "' or 1=1 --",
    '%00',
    '{{7*7}}',
    '__proto__',
    'NaN',
    '-0',
    '1e999',
  ),
  fc.uuid(),
);

const oddNumber = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -1, 1, 2 ** 31, 2 ** 53, 1e308, 5e-324, 0.1),
);

/** Any JSON value. */
export const anyJson = fc.oneof(fc.jsonValue({ maxDepth: 3 }), oddText, oddNumber, fc.constantFrom(null, true, [], {}, [[[]]]));

/** Values that mostly match a schema, with something else put in here and there: what gets past the first check and fails later. */
export function nearly(schema: JsonSchema | undefined, resolve: Resolve, depth = DEPTH): fc.Arbitrary<unknown> {
  if (!schema || depth === 0) return anyJson;
  return fc.oneof({ weight: 12, arbitrary: matching(schema, resolve, depth) }, { weight: 1, arbitrary: anyJson });
}

function matching(schema: JsonSchema, resolve: Resolve, depth: number): fc.Arbitrary<unknown> {
  if (schema.$ref) return nearly(resolve(schema.$ref), resolve, depth);
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return fc.oneof(...options.map((option) => nearly(option, resolve, depth)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return objectOf(schema, resolve, depth - 1);
    case 'array':
      return fc.array(nearly(schema.items, resolve, depth - 1), { maxLength: 4 });
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return anyJson;
  }
}

function objectOf({ properties = {}, required = [], additionalProperties }: JsonSchema, resolve: Resolve, depth: number) {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, nearly(field, resolve, depth)]));
  const known = fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
  const open = additionalProperties !== false;
  const inner = typeof additionalProperties === 'object' ? nearly(additionalProperties, resolve, depth) : anyJson;
  const extra = fc.dictionary(oddText, inner, { maxKeys: open ? 3 : 1 });
  return fc.oneof(
    { weight: open ? 1 : 6, arbitrary: known },
    { weight: 1, arbitrary: fc.tuple(known, extra).map(([known, extra]) => ({ ...extra, ...known })) },
  );
}

const TOKENS = fc.constantFrom('language-id', 'embeddings', 'wasm', 'lid-176', 'use-lite', 'normal', 'none', '1', 'AAAA');

function textOf({ format, pattern, minLength = 0, maxLength = 60 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'email') return fc.emailAddress();
  if (format === 'date-time')
    return fc.oneof(
      fc.date({ noInvalidDate: false }).map(String),
      fc.date({ noInvalidDate: true }).map((d) => d.toISOString()),
    );
  if (pattern?.includes('[0-9a-f]{8}-')) return fc.uuid();
  if (pattern?.startsWith('^[0-9]')) return fc.bigInt({ min: 0n, max: 10n ** 48n }).map(String);
  if (pattern?.startsWith('^ed25519')) return fc.constant('ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp');
  const long = fc.string({ unit: 'binary', minLength: Math.min(minLength, 200), maxLength: Math.min(Math.max(minLength, maxLength), 300) });
  return fc.oneof(long, oddText, TOKENS);
}

function numberOf({ minimum, maximum, type }: JsonSchema): fc.Arbitrary<number> {
  const within = { min: Math.max(minimum ?? -1e6, -1e9), max: Math.min(maximum ?? 1e6, 1e9) };
  return fc.oneof({ weight: 3, arbitrary: type === 'integer' ? fc.integer(within) : fc.double({ ...within, noNaN: true }) }, oddNumber);
}
