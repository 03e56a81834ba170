import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Migrations } from '@deai/db';

/** Service folder → schema, in the order in which migrations are applied. A service that is not listed comes last, under its own name. */
const SCHEMAS: readonly (readonly [service: string, schema: string])[] = [
  ['reward-manager', 'ledger'],
  ['auth', 'auth'],
  ['node-manager', 'nodes'],
  ['task-manager', 'tasks'],
  ['price-oracle', 'oracle'],
  ['bridge', 'bridge'],
  ['monitoring', 'monitoring'],
];

const SERVICES = fileURLToPath(new URL('../../../services', import.meta.url));

/** Every `services/<name>/migrations` folder with the schema it belongs to. */
export async function discoverMigrations(services: string = SERVICES): Promise<Migrations[]> {
  const listed = SCHEMAS.map(([service]) => service);
  const others = (await readdir(services)).filter((name) => !listed.includes(name)).sort();
  const all = [...SCHEMAS, ...others.map((name) => [name, name.replaceAll('-', '_')] as const)];
  return all.map(([service, schema]) => ({ schema, dir: join(services, service, 'migrations') })).filter(({ dir }) => existsSync(dir));
}
