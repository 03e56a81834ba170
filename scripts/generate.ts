import { readFileSync, writeFileSync } from 'node:fs';
import { apiTypes } from '../apps/dashboard/scripts/api-types.ts';
import { environmentExample } from './generate/environment.ts';
import { errorsPage } from './generate/errors-page.ts';
import { licencesPage } from './generate/licences.ts';
import { openApiDocument } from './generate/openapi.ts';

const openApi = await openApiDocument();

/** Writes the files that follow from the code; with --check only says which of them are out of date. */
const files: Record<string, string> = {
  'docs/errors.md': errorsPage(),
  'docs/licences.md': licencesPage(),
  'docs/openapi.json': openApi,
  'apps/dashboard/src/api/generated/types.gen.ts': await apiTypes(openApi),
  '.env.example': environmentExample(),
};

const stale = Object.entries(files).filter(([path, text]) => readOr(path) !== text);
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is out of date: run "make generate"`);
  if (stale.length === 0) console.log('generated files: up to date');
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of stale) {
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
