import { globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

/** Who may import whom: the architecture as a table. Keys are folders, values the workspaces that they may import. */
const PORTS = ['@deai/bus', '@deai/cache', '@deai/db', '@deai/objects'];
const SERVICES = ['gateway', 'realtime', 'auth', 'task-manager', 'node-manager', 'reward-manager', 'price-oracle', 'bridge', 'monitoring'];
const KIT = ['@deai/protocol', '@deai/service-kit', ...PORTS];
const ALLOWED: Record<string, string[]> = {
  'packages/protocol': [],
  'packages/bus': ['@deai/protocol'],
  'packages/cache': ['@deai/protocol'],
  'packages/processes': [],
  'packages/db': ['@deai/protocol', '@deai/processes'],
  'packages/objects': ['@deai/protocol'],
  'packages/local-chain': ['@deai/processes'],
  'packages/service-kit': ['@deai/protocol', ...PORTS],
  'packages/testkit': KIT,
  'packages/near': ['@deai/protocol'],
  ...Object.fromEntries(SERVICES.map((name) => [`services/${name}`, KIT])),
  // Only the bridge holds keys of the chain; the oracle reads pools and feeds there.
  'services/bridge': [...KIT, '@deai/near'],
  'services/price-oracle': [...KIT, '@deai/near'],
  'sdks/js': ['@deai/protocol'],
  'apps/node-agent': ['@deai/protocol', '@deai/sdk'],
  'apps/network': [...KIT, '@deai/near', '@deai/local-chain', ...SERVICES.map((name) => `@deai/${name}`)],
  'apps/cli': ['@deai/protocol', '@deai/sdk', '@deai/network', '@deai/node-agent', '@deai/near', '@deai/local-chain'],
  'apps/dashboard': ['@deai/protocol', '@deai/sdk'],
  'apps/demo': ['@deai/protocol', '@deai/sdk'],
  // A client like any other, but for the queue core, settlement and the local chain, which it also measures alone.
  bench: [...KIT, '@deai/sdk', '@deai/task-manager', '@deai/reward-manager', '@deai/bridge', '@deai/near', '@deai/local-chain'],
};
/** In tests, and in what only tests import. */
const TEST_FILE = /\.test\.ts$|\.fixture\.ts$|\/testing\/|\/testing\.ts$|\/contract\.ts$|\.contract\.ts$|^tests\//;
const TEST_EXTRA = ['@deai/testkit', '@deai/local-chain', '@deai/near', ...KIT];
/** The only readers of the environment, beside config.ts of apps and services. */
const ENV_READERS = /(^|\/)config\.ts$|^scripts\/|^bench\/|^packages\/testkit\/|^packages\/db\/src\/embedded\/run-as\.ts$/;

const IMPORT = /(?:from|import\()\s*'([^']+)'/g;

function workspaceOf(file: string): string {
  return Object.keys(ALLOWED).find((folder) => file.startsWith(`${folder}/`)) ?? '';
}

function checkFile(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const workspace = workspaceOf(file);
  const own = workspace && (JSON.parse(readFileSync(`${workspace}/package.json`, 'utf8')).name as string);
  const isTest = TEST_FILE.test(file);
  const problems: string[] = [];
  for (const [, specifier = ''] of text.matchAll(IMPORT)) {
    const name = specifier.split('/').slice(0, 2).join('/');
    if (specifier.startsWith('.')) {
      const target = relative('.', resolve(dirname(file), specifier));
      if (workspace && !target.startsWith(`${workspace}/`) && !isTest) problems.push(`${file}: ${specifier} leaves ${workspace}`);
    } else if (name.startsWith('@deai/') && workspace && name !== own) {
      const allowed = ALLOWED[workspace]?.includes(name) || (isTest && TEST_EXTRA.includes(name));
      if (!allowed) problems.push(`${file}: ${workspace} may not import ${name}`);
    }
  }
  if (/process\.env\b/.test(text) && !isTest && !ENV_READERS.test(file)) problems.push(`${file}: only config.ts reads the environment`);
  return problems;
}

const files = globSync(['{packages,services,apps,sdks,bench,tests}/**/*.{ts,tsx}'], { exclude: (name) => name.includes('node_modules') });
const problems = files.flatMap(checkFile);
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? `imports: ${files.length} files keep to the architecture` : `imports: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
