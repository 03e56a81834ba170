import { afterEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../testing/world.ts';

describe('security headers', () => {
  let world: World;
  afterEach(() => world.close());
  const preflight = (origin: string) =>
    world.app.inject({ method: 'OPTIONS', url: '/api/v1/tasks', headers: { origin, 'access-control-request-method': 'GET' } });

  it('are on every answer', async () => {
    world = await createWorld();
    for (const url of ['/health', '/api/v1/tasks', '/v1/models']) {
      const { headers } = await world.app.inject(url);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('let no other origin in unless configured', async () => {
    world = await createWorld();
    const answer = await preflight('https://evil.example');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('let the configured origins in', async () => {
    world = await createWorld({ config: { corsOrigins: ['https://app.example'] } });
    const ours = await preflight('https://app.example');
    expect(ours.statusCode).toBe(204);
    expect(ours.headers['access-control-allow-origin']).toBe('https://app.example');
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).not.toBe('https://evil.example');
  });
});
