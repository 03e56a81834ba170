import type { JsonSchema, Resolve } from './schema-arbitrary.ts';

/** One operation of the API document. */
export interface Operation {
  method: string;
  /** With `{name}` for each parameter. */
  path: string;
  query: { name: string; schema: JsonSchema }[];
  headers: { name: string; schema: JsonSchema }[];
  body: JsonSchema | undefined;
}

interface Parameter {
  name: string;
  in: string;
  schema: JsonSchema;
}
interface DocumentedOperation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
}
interface Document {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components?: { schemas?: Record<string, JsonSchema> };
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Reads every operation of the running server's own document. */
export async function readOperations(url: string): Promise<{ operations: Operation[]; resolve: Resolve }> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        query: (operation.parameters ?? []).filter((parameter) => parameter.in === 'query'),
        headers: (operation.parameters ?? []).filter((parameter) => parameter.in === 'header'),
        body: operation.requestBody?.content['application/json']?.schema,
      })),
  );
  const resolve: Resolve = (ref) => document.components?.schemas?.[ref.split('/').at(-1) ?? ''] ?? {};
  return { operations, resolve };
}
