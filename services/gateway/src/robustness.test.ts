import { ErrorResponse, OpenAiError, SCOPES } from '@deai/protocol';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ID } from './testing/answers.ts';
import { createWorld, type World } from './testing/world.ts';

interface Parameter {
  in: 'path' | 'query' | 'header';
  name: string;
}
interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { example?: object }> };
  responses: Record<string, unknown>;
}
interface Target {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  operation: Operation;
}

const RUNS_EACH = 60;
const word = fc.oneof(
  fc.constant(ID),
  fc.constantFrom('1', '-1', '60001', 'true', 'null', '2026-01-01T00:00:00.000Z', '__proto__', '../..', '%00'),
  // Dots alone would lead to another path.
  fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((text) => text.isWellFormed() && !/^\.+$/.test(text)),
);
const headerValue = fc.string({ maxLength: 210, unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });

/** Anything, an example with something changed, or text that is no JSON. */
function bodies(example: object | undefined): fc.Arbitrary<string> {
  const changed = fc
    .tuple(fc.constantFrom(...Object.keys(example ?? { kind: 0 }), 'tasks', '__proto__', 'extra'), fc.jsonValue())
    .map(([key, value]) => JSON.stringify({ ...example, [key]: value }));
  return fc.oneof(
    changed,
    fc.json(),
    fc.string({ maxLength: 50 }),
    fc.constant(JSON.stringify(example ?? {})),
    fc.constant('x'.repeat(70_000)),
  );
}

describe('any request to any documented route', () => {
  let world: World;
  let targets: Target[];
  let all: { authorization: string };
  beforeAll(async () => {
    world = await createWorld();
    all = world.as(['admin'], SCOPES);
    const { paths } = (await world.app.inject('/openapi.json')).json() as { paths: Record<string, Record<string, Operation>> };
    targets = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase() as Target['method'], path, operation })),
    );
  });
  afterAll(() => world.close());

  it('is answered, never with a 500, and refused only as documented', async () => {
    expect(targets.length).toBeGreaterThan(35);
    for (const target of targets) {
      await fc.assert(
        fc.asyncProperty(requests(target, all), async (request) => {
          const answer = await world.app.inject(request);
          const { responses } = target.operation;
          expect(Object.keys(responses), answer.body).toContain(String(answer.statusCode));
          expect(answer.statusCode).not.toBe(500);
          expect(answer.headers['x-request-id']).toBeDefined();
          if (answer.statusCode >= 400) {
            expect(Value.Check(target.path.startsWith('/v1/') ? OpenAiError : ErrorResponse, answer.json())).toBe(true);
          }
        }),
        { numRuns: RUNS_EACH },
      );
    }
  }, 60_000);

  it('succeeds as its example shows', async () => {
    for (const { method, path, operation } of targets) {
      const payload = operation.requestBody?.content['application/json']?.example;
      if (operation.requestBody && !payload && operation.operationId !== 'refresh')
        throw new Error(`${operation.operationId} has no example`);
      if (operation.requestBody && !payload) continue;
      const id = path.startsWith('/v1/') ? 'use-lite' : ID;
      const url = path.replace('{id}', id).replace('{number}', '7').replace('{accountId}', 'ann.near');
      const answer = await world.app.inject({ method, url, headers: all, ...(payload ? { payload } : {}) });
      // The answer of the example's embeddings is one vector, whatever was asked for.
      const expected = operation.operationId === 'createEmbeddings' ? 422 : Number(Object.keys(operation.responses)[0]);
      expect({ url, status: answer.statusCode }, answer.body).toEqual({ url, status: expected });
    }
  });
});

function requests({ method, path, operation }: Target, all: { authorization: string }) {
  const parameters = operation.parameters ?? [];
  const named = (where: Parameter['in']) => parameters.filter((p) => p.in === where).map((p) => p.name);
  const query = fc.dictionary(fc.oneof(fc.constantFrom(...named('query'), 'limit', 'other'), word), word, { maxKeys: 3 });
  const headers = fc.record({
    authorization: fc.oneof({ weight: 4, arbitrary: fc.constant(all.authorization) }, { weight: 1, arbitrary: headerValue }),
    'idempotency-key': fc.oneof(fc.constant('key'), headerValue),
    'content-type': fc.oneof({ weight: 6, arbitrary: fc.constant('application/json') }, { weight: 1, arbitrary: headerValue }),
  });
  const body =
    method === 'GET'
      ? fc.constant(undefined)
      : fc.option(bodies(operation.requestBody?.content['application/json']?.example), { nil: undefined });
  return fc.record({ id: word, query, headers, body }).map((parts) => {
    const search = new URLSearchParams(Object.entries(parts.query)).toString();
    return {
      method,
      url: `${path.replace('{id}', encodeURIComponent(parts.id))}?${search}`,
      headers: parts.headers,
      ...(parts.body === undefined ? {} : { payload: parts.body }),
    };
  });
}
