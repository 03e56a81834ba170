import { DeaiError, type Task } from '@deai/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { ID, task } from './testing/answers.ts';
import { createWorld, type World } from './testing/world.ts';

describe('the gateway', () => {
  let world: World;
  afterEach(() => world.close());

  it('is alive whatever the services say, and ready only with all it needs', async () => {
    world = await createWorld();
    world.down.add('auth');
    world.down.add('monitoring');
    expect((await world.app.inject('/health')).statusCode).toBe(200);
    const answer = await world.app.inject('/ready');
    expect(answer.statusCode).toBe(503);
    const { checks } = answer.json().error.details;
    expect(checks.filter(({ status }: { status: string }) => status === 'down').map(({ name }: { name: string }) => name)).toEqual([
      'auth',
    ]);
  });

  it('asks for readiness once a second, however many ask', async () => {
    let queries = 0;
    world = await createWorld({ db: { query: async () => ({ rows: [], rowCount: ++queries }) } });
    await Promise.all(Array.from({ length: 20 }, () => world.app.inject('/ready')));
    expect(queries).toBe(1);
  });

  it('is not ready when the database does not answer in a second', async () => {
    world = await createWorld({ db: { query: () => new Promise(() => {}) } });
    const answer = await world.app.inject('/ready');
    expect(answer.statusCode).toBe(503);
    expect(answer.json().error.details.checks).toContainEqual(expect.objectContaining({ name: 'database', status: 'down' }));
  });

  it('answers for its own health by its name', async () => {
    world = await createWorld();
    expect(await world.bus.request('service.health', { service: 'gateway' }, { to: 'gateway' })).toMatchObject({ status: 'ok' });
  });

  it('finishes what it has when it stops, answers those who wait, and takes no more', async () => {
    world = await createWorld();
    const { promise: waiting, resolve: nowWaiting } = Promise.withResolvers<void>();
    const { promise: end, resolve: endTask } = Promise.withResolvers<Task>();
    world.answer('tasks.wait', () => {
      nowWaiting();
      return end;
    });
    world.answer('tasks.get', () => ({ ...task, status: 'in_progress' }));
    const headers = world.as(['requester']);
    const poll = world.app.inject({ url: `/api/v1/tasks/${ID}?waitMs=60000`, headers });
    await waiting;
    await world.gateway.stop();
    expect((await poll).json().status).toBe('in_progress');
    const late = await world.app.inject({ url: `/api/v1/tasks/${ID}`, headers });
    expect(late.json()).toMatchObject({ error: { code: 'SHUTTING_DOWN' } });
    expect((await world.app.inject('/ready')).statusCode).toBe(503);
    await expect(world.bus.request('service.health', { service: 'gateway' }, { to: 'gateway' })).rejects.toBeInstanceOf(DeaiError);
    endTask(task);
  });

  it('waits for requests under way before it has stopped', async () => {
    world = await createWorld();
    const { promise: asked, resolve: nowAsked } = Promise.withResolvers<void>();
    const { promise: answer, resolve } = Promise.withResolvers<Task>();
    world.answer('tasks.get', () => {
      nowAsked();
      return answer;
    });
    const order: string[] = [];
    const request = world.app.inject({ url: `/api/v1/tasks/${ID}`, headers: world.as(['requester']) }).then(() => order.push('answered'));
    await asked;
    const stopped = world.gateway.stop().then(() => order.push('stopped'));
    resolve(task);
    await Promise.all([request, stopped]);
    expect(order).toEqual(['answered', 'stopped']);
  });
});
