import { createTestDatabase } from '@deai/testkit';
import { describe, expect, it } from 'vitest';
import { createWorld } from './testing/world.ts';

describe('the gateway on a real database', () => {
  it('is ready while the database answers, and not when it is closed', async () => {
    const db = await createTestDatabase();
    const up = await createWorld({ db });
    expect((await up.app.inject('/ready')).statusCode).toBe(200);
    await up.close();
    await db.close();
    const down = await createWorld({ db });
    const answer = await down.app.inject('/ready');
    await down.close();
    expect(answer.statusCode).toBe(503);
    expect(answer.json().error.details.checks).toContainEqual(expect.objectContaining({ name: 'database', status: 'down' }));
  });
});
