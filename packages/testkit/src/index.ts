export { freePort } from '@deai/db';
export { cleanUpAtEnd } from './cleanup.ts';
export { discoverMigrations } from './service-schemas.ts';
export { type ProcessExit, type SpawnedProcess, type SpawnOptions, spawnProcess } from './spawn-process.ts';
export { tempDir } from './temp-dir.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { type WaitForOptions, waitFor } from './wait-for.ts';
