import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discoverMigrations } from './service-schemas.ts';
import { tempDir } from './temp-dir.ts';

describe('discoverMigrations', () => {
  it('finds the folders of all services, the ledger first and unlisted ones last', async () => {
    const services = await tempDir();
    for (const name of ['auth', 'task-manager', 'reward-manager', 'unlisted-one']) {
      await mkdir(join(services, name, 'migrations'), { recursive: true });
    }
    await mkdir(join(services, 'gateway'));
    expect((await discoverMigrations(services)).map(({ schema }) => schema)).toEqual(['ledger', 'auth', 'tasks', 'unlisted_one']);
  });
});
