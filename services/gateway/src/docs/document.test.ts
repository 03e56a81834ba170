import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../testing/world.ts';

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  security: object[];
  responses: Record<string, { description: string }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

describe('the API document', () => {
  let world: World;
  let document: Document;
  beforeAll(async () => {
    world = await createWorld();
    document = (await world.app.inject('/openapi.json')).json();
  });
  afterAll(() => world.close());

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('describes every route that is not hidden', () => {
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const added = world.routes
      .filter(({ schema, method }) => !(schema as { hide?: boolean }).hide && method !== 'HEAD')
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual(added.sort());
  });

  it('gives every operation an id of its own, a summary, a tag, security and its errors', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(new Set(operations.map((o) => o.operationId)).size).toBe(operations.length);
    for (const { summary, tags, security, responses } of operations) {
      expect(summary).not.toBe('');
      expect(tags).toHaveLength(1);
      expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true);
      expect(Object.keys(responses)).toContain('500');
      expect(security.length === 0 || '401' in responses).toBe(true);
    }
  });

  it('uses every schema it names', () => {
    const text = JSON.stringify(document);
    const unused = Object.keys(document.components.schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`));
    expect(unused).toEqual([]);
  });

  it('names the codes of each error status', () => {
    const responses = document.paths['/api/v1/tasks/submit']?.post?.responses ?? {};
    expect(responses['422']?.description).toContain('NO_CAPABLE_NODE');
    expect(responses['402']?.description).toContain('INSUFFICIENT_FUNDS');
  });
});
