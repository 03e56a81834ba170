import { ROLE_SCOPES, SCOPES } from '@deai/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ID } from '../testing/answers.ts';
import { createWorld, type World } from '../testing/world.ts';

describe('access', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  it('is declared by every route: public or a scope', () => {
    expect(world.routes.length).toBeGreaterThan(60);
    for (const { method, url, config } of world.routes) {
      const access = { public: config?.public, scope: config?.scope };
      const declared = access.public === true ? access.scope === undefined : SCOPES.includes(access.scope as never);
      expect({ route: `${method} ${url}`, declared }).toEqual({ route: `${method} ${url}`, declared: true });
    }
  });

  it('is public only where it should be', () => {
    const open = world.routes.filter(({ config, schema }) => config?.public && !(schema as { hide?: boolean }).hide);
    const paths = [...new Set(open.map(({ url }) => url))].filter((url) => !/^\/api\/v1\/(network|settlement)(\/|$)/.test(url));
    expect(paths.sort()).toEqual(['/', '/api/v1/auth/login', '/api/v1/auth/refresh', '/api/v1/auth/register', '/health', '/ready']);
  });

  it('is refused without a credential, with a wrong one and without the scope, before anything else happens', async () => {
    const { app } = world;
    const guarded = world.routes.filter(({ config, method }) => config?.scope && method !== 'HEAD');
    expect(guarded.length).toBeGreaterThan(20);
    for (const { method, url, config } of guarded) {
      const target = { method: method as 'GET', url: url.replace(':id', ID) };
      const others = SCOPES.filter((scope) => scope !== config?.scope);
      const none = await app.inject(target);
      const wrong = await app.inject({ ...target, headers: { authorization: 'Bearer deai_wrong' } });
      const lacking = await app.inject({ ...target, headers: world.as(['admin'], others) });
      expect({ url, statuses: [none.statusCode, wrong.statusCode, lacking.statusCode] }).toEqual({ url, statuses: [401, 401, 403] });
      expect(none.headers['www-authenticate']).toBe('Bearer');
    }
    expect(world.calls).toEqual([]);
  });

  it('of administrators is not given to others', async () => {
    const payload = { roles: ['admin'] };
    const ask = (headers: object) =>
      world.app.inject({ method: 'POST', url: `/api/v1/users/${ID}/roles`, payload, headers: { ...headers } });
    expect((await ask(world.as(['requester', 'operator']))).statusCode).toBe(403);
    expect((await ask(world.as(['admin'], ROLE_SCOPES.admin))).statusCode).toBe(200);
  });
});
