import { afterEach, describe, expect, it } from 'vitest';
import { ID } from '../testing/answers.ts';
import { createWorld, type World } from '../testing/world.ts';

const LOGIN = { email: 'ada@example.org', password: 'correct horse battery' };

describe('rate limits', () => {
  let world: World;
  afterEach(() => world.close());
  const statuses = async (count: number, ask: () => Promise<{ statusCode: number }>) => {
    const all: number[] = [];
    for (let i = 0; i < count; i++) all.push((await ask()).statusCode);
    return all;
  };

  it('count each credential by itself', async () => {
    world = await createWorld({ config: { rateLimitPerMinute: 2 } });
    const [ada, ben] = [world.as(['requester']), world.as(['requester'])];
    const ask = (headers: object) => () => world.app.inject({ url: '/api/v1/tasks', headers: { ...headers } });
    expect(await statuses(3, ask(ada))).toEqual([200, 200, 429]);
    expect(await statuses(3, ask(ben))).toEqual([200, 200, 429]);
  });

  it('answer 429 in the documented shape, with Retry-After', async () => {
    world = await createWorld({ config: { rateLimitPerMinute: 1 } });
    await world.app.inject('/api/v1/network/stats');
    const refused = await world.app.inject('/api/v1/network/stats');
    expect(refused.json()).toMatchObject({ error: { code: 'RATE_LIMITED', details: { limitPerMinute: 1 } } });
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.headers['x-ratelimit-limit']).toBe('1');
  });

  it("speak OpenAI's language under /v1", async () => {
    world = await createWorld({ config: { rateLimitPerMinute: 1 } });
    const headers = world.as(['requester']);
    await world.app.inject({ url: '/v1/models', headers });
    const refused = await world.app.inject({ url: '/v1/models', headers });
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null } });
    expect(refused.headers['retry-after']).toBeDefined();
  });

  it('are stricter for logging in, which they count by address and apart', async () => {
    world = await createWorld({ config: { rateLimitPerMinute: 100, authRateLimitPerMinute: 2 } });
    const login = () => world.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload: LOGIN });
    expect(await statuses(3, login)).toEqual([200, 200, 429]);
    expect((await world.app.inject('/api/v1/network/stats')).statusCode).toBe(200);
    const elsewhere = await world.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload: LOGIN, remoteAddress: '10.1.2.3' });
    expect(elsewhere.statusCode).toBe(200);
  });

  it('count refused credentials against their address', async () => {
    world = await createWorld({ config: { rateLimitPerMinute: 3 } });
    let guess = 0;
    const ask = () => world.app.inject({ url: `/api/v1/tasks/${ID}`, headers: { authorization: `Bearer deai_${guess++}` } });
    expect(await statuses(5, ask)).toEqual([401, 401, 401, 429, 429]);
    expect((await world.app.inject({ url: '/api/v1/tasks', headers: world.as(['requester']) })).statusCode).toBe(200);
  });

  it('let probes pass', async () => {
    world = await createWorld({ config: { rateLimitPerMinute: 1 } });
    expect(await statuses(5, () => world.app.inject('/health'))).toEqual([200, 200, 200, 200, 200]);
  });

  it('are off at 0', async () => {
    world = await createWorld();
    const answers = await statuses(50, () => world.app.inject('/api/v1/network/stats'));
    expect(new Set(answers)).toEqual(new Set([200]));
  });
});
