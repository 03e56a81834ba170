import { defineConfig } from 'vitest/config';

const INTEGRATION = ['**/*.int.test.ts', 'tests/e2e/**/*.test.ts'];
const BROWSER = ['tests/browser/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', './packages/testkit/src/summary-reporter.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['**/*.test.ts'], exclude: ['**/node_modules/**', ...INTEGRATION, ...BROWSER], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: INTEGRATION,
          globalSetup: './packages/testkit/src/global-setup.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
          teardownTimeout: 60_000,
        },
      },
      {
        extends: true,
        // One at a time: each is a network, its nodes and a browser.
        test: { name: 'browser', include: BROWSER, fileParallelism: false, testTimeout: 180_000, hookTimeout: 180_000 },
      },
    ],
  },
});
