import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../testing/world.ts';

describe('the reference page', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  it('loads nothing from other hosts', async () => {
    const page = await world.app.inject('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(?:src|href)\s*=\s*["'](?:https?:)?\/\//i);
    expect(page.body).not.toMatch(/https?:\/\//);
    expect(page.body).toContain('a[href*="scalar.com"] { display: none !important; }');
    for (const off of ['"withDefaultFonts": false', '"telemetry": false', '"hideClientButton": true']) expect(page.body).toContain(off);
  });

  it('tells the browser to refuse whatever would come from other hosts', async () => {
    const policy = String((await world.app.inject('/docs/')).headers['content-security-policy']);
    const directives = new Map(policy.split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1)]));
    expect(directives.get('default-src')).toEqual(["'none'"]);
    for (const [name, sources] of directives) {
      const outside = sources.filter((source) => !/^('self'|'none'|'unsafe-inline'|'sha256-[^']+'|data:|blob:)$/.test(source));
      expect({ name, outside }).toEqual({ name, outside: [] });
    }
    expect(directives.get('script-src')).not.toContain("'unsafe-inline'");
    expect(directives.get('connect-src')).toEqual(["'self'"]);
  });

  it('lets its own inline script run', async () => {
    const page = await world.app.inject('/docs/');
    const inline = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(page.body)?.[1] ?? '';
    expect(inline).toContain('createApiReference');
    const hash = createHash('sha256').update(inline).digest('base64');
    expect(page.headers['content-security-policy']).toContain(`'sha256-${hash}'`);
  });

  it('serves its script and its document from here', async () => {
    const script = await world.app.inject('/docs/js/scalar.js');
    expect(script.headers['content-type']).toContain('javascript');
    expect(script.body.length).toBeGreaterThan(1_000_000);
    expect((await world.app.inject('/docs/')).body).toContain('"url": "/openapi.json"');
    expect((await world.app.inject('/docs')).headers.location).toBe('/docs/');
  });

  it('answers 404 when the Host header is no host', async () => {
    expect((await world.app.inject({ url: '/docs/', headers: { host: 'a b' } })).statusCode).toBe(404);
  });
});
